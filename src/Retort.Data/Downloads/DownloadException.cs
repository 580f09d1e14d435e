namespace Retort.Data.Downloads;

/// <summary>A file could not be fetched: no address answers, or what came has a wrong checksum. Written for users.</summary>
public sealed class DownloadException : IOException
{
    /// <summary>Creates the error.</summary>
    public DownloadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
