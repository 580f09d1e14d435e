using System.IO.MemoryMappedFiles;

namespace Retort.Torch.Serialization;

/// <summary>A file in memory, shared by the tensors that lie in it; unmapped when the last of them is gone.</summary>
internal sealed unsafe class MappedFile
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private int _users = 1;

    /// <summary>Maps a file that is not empty. The caller is its first user.</summary>
    public MappedFile(FileStream stream)
    {
        Length = stream.Length;

        // Private pages: an in-place operation on a tensor that lies here changes this process's copy, not the file.
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        Data = first + _view.PointerOffset;
    }

    /// <summary>The first byte.</summary>
    public byte* Data { get; }

    /// <summary>How many bytes there are.</summary>
    public long Length { get; }

    /// <summary>Adds a user.</summary>
    public void Retain() => Interlocked.Increment(ref _users);

    /// <summary>Ends a use, on any thread.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
