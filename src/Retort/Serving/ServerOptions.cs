using System.Net;

namespace Retort.Serving;

/// <summary>Where a server listens, whom it answers, and what it refuses.</summary>
public sealed record ServerOptions
{
    /// <summary>The address. The default is this machine alone.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>What requests must give as <c>Authorization: Bearer …</c>; null answers everybody, which is for loopback
    /// alone.</summary>
    public string? Key { get; init; }

    /// <summary>Bytes of a request's body at most.</summary>
    public int MaxRequestBytes { get; init; } = 1 << 20;

    /// <summary>Tokens of an answer at most, whatever a request asks for.</summary>
    public int MaxTokens { get; init; } = 4096;

    /// <summary>Requests that wait while another is answered; further ones are told to come again.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>How long answers under way may take to end when the server stops.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
