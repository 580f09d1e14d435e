using System.ClientModel;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Retort.Models.Text;
using Retort.Runs;
using Retort.Serving;
using Retort.Torch;

namespace Retort.Tests.Serving;

public sealed class TextServerTests
{
    private const string Key = "a key";

    [Fact]
    public async Task OpenAIs_own_client_gets_an_answer_and_what_it_cost()
    {
        await using TextServer server = await Serve("one two three");
        ChatCompletion found = await ClientOf(server).CompleteChatAsync([new UserChatMessage("say something")]);
        Assert.Equal("one two three", found.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, found.FinishReason);
        Assert.Equal((2, 3), (found.Usage.InputTokenCount, found.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task OpenAIs_own_client_gets_the_same_answer_in_parts()
    {
        await using TextServer server = await Serve("one two thrée");
        var parts = new List<string>();
        ChatFinishReason? reason = null;
        await foreach (StreamingChatCompletionUpdate part in ClientOf(server).CompleteChatStreamingAsync(
            [new UserChatMessage("go")]))
        {
            parts.AddRange(part.ContentUpdate.Select(c => c.Text));
            reason ??= part.FinishReason;
        }

        Assert.Equal(["one", " two", " thrée"], parts.Where(p => p.Length > 0));
        Assert.Equal(ChatFinishReason.Stop, reason);
    }

    [Fact]
    public async Task Log_probabilities_are_those_of_the_model()
    {
        using Gpt model = Model(context: 32);
        await using TextServer server = await TextServer.StartAsync(
            new LanguageModelSource("tiny", model, Device.Cpu), new ServerOptions());
        ChatCompletion found = await ClientOf(server, "tiny").CompleteChatAsync(
            [new UserChatMessage("ab")],
            new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 1, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 });
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        float[] expected = model.Call(Tensor.From<long>(['a' + 1, 'b' + 1], 1, 2)).Select(1, 1).LogSoftmax(1).ToArray<float>();
        float[] best = [.. expected.OrderDescending().Take(3)];
        ChatTokenLogProbabilityDetails token = Assert.Single(found.ContentTokenLogProbabilities);
        Assert.Equal(best[0], token.LogProbability, 1e-5);
        Assert.Equal(best, token.TopLogProbabilities.Select(t => t.LogProbability), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(ChatFinishReason.Length, found.FinishReason);
    }

    [Fact]
    public async Task A_completion_is_what_greedy_decoding_writes_and_ends_where_the_context_does()
    {
        using Gpt model = Model(context: 8);
        await using TextServer server = await TextServer.StartAsync(
            new LanguageModelSource("tiny", model, Device.Cpu), new ServerOptions());
        JsonElement found = (await Post(server, "completions", """{"model":"tiny","prompt":"abc","temperature":0,"max_tokens":100,"logprobs":0}""")).Body;
        JsonElement choice = found.GetProperty("choices")[0];
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        List<long> tokens = ['a' + 1, 'b' + 1, 'c' + 1];
        while (tokens.Count < 8)
            tokens.Add(
                model.Call(Tensor.From<long>([.. tokens], 1, tokens.Count)).Select(1, tokens.Count - 1).Argmax(1).ToInt64());
        Assert.DoesNotContain(0, tokens);
        Assert.Equal(
            Encoding.UTF8.GetString([.. tokens.Skip(3).Select(t => (byte)(t - 1))]), choice.GetProperty("text").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(5, choice.GetProperty("logprobs").GetProperty("token_logprobs").GetArrayLength());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_text_and_another_one_another()
    {
        using Gpt model = Model(context: 64);
        await using TextServer server = await TextServer.StartAsync(
            new LanguageModelSource("tiny", model, Device.Cpu), new ServerOptions());
        async Task<string> Text(int seed) => (await Post(
            server, "completions", $$"""{"model":"tiny","prompt":"a","max_tokens":20,"seed":{{seed}}}""")).Body.GetProperty("choices")[0].GetProperty("text").GetString()!;
        string one = await Text(1);
        Assert.Equal(one, await Text(1));
        Assert.NotEqual(one, await Text(2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_ends_before_a_stop_sequence_that_is_spread_over_pieces(bool stream)
    {
        await using TextServer server = await Serve("one two three two four");
        string body = $$"""{"model":"script","messages":[{"role":"user","content":"x"}],"stop":["o th"],"stream":{{(stream ? "true" : "false")}}}""";
        (HttpStatusCode _, string text) = await PostText(server, "chat/completions", body);
        Assert.DoesNotContain(
            "th", text.Replace("\"role\":\"assistant\"", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        string found = stream
            ? string.Concat(text.Split("data: ").Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("choices")[0]
                .GetProperty("delta").TryGetProperty("content", out JsonElement c) ? c.GetString() : string.Empty))
            : JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal("one tw", found);
    }

    [Theory]
    [InlineData("{", 400, "not valid JSON")]
    [InlineData("[]", 400, "must be a JSON object")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", 400, "'model' is missing")]
    [InlineData("""{"model":"other","messages":[{"role":"user","content":"x"}]}""", 404, "serves 'script'")]
    [InlineData("""{"model":"script","messages":[]}""", 400, "'messages' must be a list")]
    [InlineData("""{"model":"script","messages":[{"role":"boss","content":"x"}]}""", 400, "messages[0].role")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":7}]}""", 400, "messages[0].content")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":"\ud800"}]}""", 400, "not valid Unicode")]
    [InlineData(
        """{"model":"script","messages":[{"role":"user","content":"x"}],"temperature":3}""", 400, "'temperature' must be")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "'max_tokens' must be")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":"x"}],"n":2}""", 400, "'n' must be 1")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":"x"}],"tools":[]}""", 400, "'tools' is not supported")]
    [InlineData("""{"model":"script","messages":[{"role":"user","content":"x"}],"stop":[""]}""", 400, "'stop' must be")]
    public async Task A_wrong_request_is_told_what_is_wrong(string body, int status, string message)
    {
        await using TextServer server = await Serve("x");
        (HttpStatusCode found, string text) = await PostText(server, "chat/completions", body);
        Assert.Equal(status, (int)found);
        Assert.Contains(message, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_key_nothing_is_answered()
    {
        await using TextServer server = await Serve("x", new ServerOptions { Key = Key });
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(server.Address, "v1/models"))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "another key");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(server.Address, "v1/models"))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        Assert.Contains("\"script\"", await http.GetStringAsync(new Uri(server.Address, "v1/models")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_large_or_no_JSON_or_from_elsewhere_is_refused()
    {
        await using TextServer server = await Serve("x", new ServerOptions { MaxRequestBytes = 1000 });
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, (await PostText(server, "chat/completions", new string(' ', 1001))).Status);
        Assert.Equal(
            HttpStatusCode.UnsupportedMediaType, (await PostText(server, "chat/completions", "{}", "text/plain")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostText(server, "embeddings", "{}")).Status);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "health"));
        request.Headers.Host = "elsewhere.example";
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task On_an_address_that_others_reach_it_needs_a_key()
    {
        RunException error = await Assert.ThrowsAsync<RunException>(
            () => Serve("x", new ServerOptions { Address = IPAddress.Any }));
        Assert.True(error.IsInputWrong);
        Assert.Contains("it has no key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_with_a_key_of_its_own_is_answered_once()
    {
        await using TextServer server = await Serve("x");
        const string body = """{"model":"script","messages":[{"role":"user","content":"x"}]}""";
        string first = (await PostText(server, "chat/completions", body, key: "1")).Text;
        Assert.Equal(first, (await PostText(server, "chat/completions", body, key: "1")).Text);
        Assert.Equal(1, server.Replies);
        Assert.NotEqual(first, (await PostText(server, "chat/completions", body, key: "2")).Text);
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity, (await PostText(server, "chat/completions", body + " ", key: "1")).Status);
    }

    [Fact]
    public async Task Who_comes_when_too_many_wait_is_told_to_come_again()
    {
        using var source = new SlowSource();
        await using TextServer server = await TextServer.StartAsync(source, new ServerOptions { MaxWaiting = 1 });
        const string body = """{"model":"slow","prompt":"x"}""";
        Task<(HttpStatusCode Status, string Text)> first = PostText(server, "completions", body);
        Assert.True(source.Begun.Wait(TimeSpan.FromSeconds(30)));
        Task<(HttpStatusCode Status, string Text)>[] others = [.. Enumerable.Range(0, 4).Select(
            _ => PostText(server, "completions", body))];
        Task<(HttpStatusCode Status, string Text)> refused = await Task.WhenAny(others);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await refused).Status);
        source.Go.Set();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(1, (await Task.WhenAll(others)).Count(o => o.Status == HttpStatusCode.OK));
    }

    [Fact]
    public async Task Stopping_lets_an_answer_under_way_end()
    {
        using var source = new SlowSource();
        TextServer server = await TextServer.StartAsync(source, new ServerOptions());
        Task<(HttpStatusCode Status, string Text)> answer = PostText(server, "completions", """{"model":"slow","prompt":"x"}""");
        Assert.True(source.Begun.Wait(TimeSpan.FromSeconds(30)));
        Task stopped = server.DisposeAsync().AsTask();
        source.Go.Set();
        Assert.Contains("done", (await answer).Text, StringComparison.Ordinal);
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => PostText(server, "completions", "{}"));
    }

    private static Task<TextServer> Serve(string answer, ServerOptions? options = null) =>
        TextServer.StartAsync(new ScriptSource("script", new FixedScript(answer)), options ?? new ServerOptions());

    private static Gpt Model(int context)
    {
        Engine.ManualSeed(5);
        return (Gpt)new GptOptions { Context = context, Width = 16, Depth = 2, Heads = 2 }.Build();
    }

    private static ChatClient ClientOf(TextServer server, string model = "script") =>
        new(model, new ApiKeyCredential(Key), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });

    private static async Task<(HttpStatusCode Status, JsonElement Body)> Post(TextServer server, string path, string body)
    {
        (HttpStatusCode status, string text) = await PostText(server, path, body);
        return (status, JsonDocument.Parse(text).RootElement);
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostText(
        TextServer server, string path, string body, string type = "application/json", string? key = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, $"v1/{path}"));
        request.Content = new StringContent(body, Encoding.UTF8, type);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using HttpResponseMessage response = await http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private sealed record FixedScript(string Text) : ScriptOptions
    {
        public override string Answer(TextRequest request, Retort.Data.RandomStream chance) => Text;
    }

    private sealed class SlowSource : TextSource
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim Go { get; } = new();

        public override string Name => "slow";

        public override int CountTokens(TextRequest request) => 1;

        public override IEnumerable<TextPiece> Write(TextRequest request)
        {
            Begun.Set();
            Go.Wait(TimeSpan.FromSeconds(30));
            yield return new TextPiece(Encoding.UTF8.GetBytes("done"), null, []);
        }
    }
}
