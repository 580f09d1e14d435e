using Microsoft.Extensions.AI;

namespace Retort.Asking;

/// <summary>A teacher that can be asked now.</summary>
/// <param name="client">Asks it; it belongs to the connection.</param>
/// <param name="server">What was started for it, stopped with the connection; null for nothing.</param>
public sealed class ChatConnection(IChatClient client, IAsyncDisposable? server = null) : IAsyncDisposable
{
    /// <summary>Asks it.</summary>
    public IChatClient Client { get; } = client ?? throw new ArgumentNullException(nameof(client));

    /// <summary>Ends the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (server is not null)
            await server.DisposeAsync().ConfigureAwait(false);
    }
}
