using System.ComponentModel.DataAnnotations;
using Retort.Runs;

namespace Retort.Asking;

/// <summary>A model behind the protocol of OpenAI's chat endpoint: hosted, or a server of one's own (`retort serve`, vLLM,
/// llama.cpp, Ollama).</summary>
[Named("openai")]
public sealed record OpenAiTeacher : ChatTeacherOptions, IValidatable
{
    /// <summary>Where the endpoints are, up to and with <c>/v1</c>.</summary>
    public string Url { get; init; } = "https://api.openai.com/v1";

    /// <summary>The model's name there.</summary>
    [MinLength(1)]
    public required string Model { get; init; }

    /// <summary>The environment variable that holds the key; a recipe never holds a key itself. Where there is no such variable,
    /// none is sent.</summary>
    [RegularExpression("[A-Za-z_][A-Za-z0-9_]*", ErrorMessage = "the name of an environment variable")]
    public string KeyFrom { get; init; } = "OPENAI_API_KEY";

    /// <inheritdoc/>
    public override string IdentityIn(ComponentRegistry registry) => $"{Url.TrimEnd('/')} {Model}";

    /// <inheritdoc/>
    public override Task<ChatConnection> OpenAsync(CancellationToken cancellation)
    {
        string? key = Environment.GetEnvironmentVariable(KeyFrom);
        var url = new Uri(Url.TrimEnd('/') + '/');
        if (!string.IsNullOrEmpty(key) && url is { IsLoopback: false, Scheme: "http" })
        {
            throw new RunException(
                $"the key in {KeyFrom} would go to '{Url}' unencrypted; use https, or another `key_from`.", isInputWrong: true);
        }

        return Task.FromResult(new ChatConnection(new OpenAiChatClient(url, Model, key)));
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            yield return new Problem(nameof(Url), $"'{Url}' is no address of a server")
            {
                Code = RecipeCodes.BadForm,
                Expected = "an address such as https://api.openai.com/v1",
            };
        }
    }
}
