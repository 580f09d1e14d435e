using System.Security.Cryptography;
using Retort.Serving;

namespace Retort.Asking;

/// <summary>A script that is served on this machine for as long as the stage runs, and asked over HTTP like any other
/// teacher.</summary>
[Named("served")]
public sealed record ServedTeacher : ChatTeacherOptions
{
    private const string ModelName = "script";

    /// <summary>The rules that it follows.</summary>
    public required ScriptOptions Script { get; init; }

    /// <inheritdoc/>
    public override string IdentityIn(ComponentRegistry registry) => CanonicalJson.Write(Script, registry);

    /// <inheritdoc/>
    public override async Task<ChatConnection> OpenAsync(CancellationToken cancellation)
    {
        // Others on this machine could find the port; they do not have the key.
        string key = RandomNumberGenerator.GetHexString(32);
        TextServer server = await TextServer
            .StartAsync(new ScriptSource(ModelName, Script), new ServerOptions { Key = key }, cancellation).ConfigureAwait(false);
        return new ChatConnection(new OpenAiChatClient(new Uri(server.Address, "v1/"), ModelName, key), server);
    }
}
