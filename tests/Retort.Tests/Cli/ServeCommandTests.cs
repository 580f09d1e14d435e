using System.Diagnostics;
using System.Globalization;
using System.Text;
using Retort.Tests.Data;

namespace Retort.Tests.Cli;

public sealed class ServeCommandTests
{
    [Fact]
    public async Task It_serves_until_it_is_told_to_stop()
    {
        using var folder = new TemporaryFolder();
        using Process process = CommandLine.Start(
            folder.Path, "serve", "--script", "letter-sums: { values: 10, modulus: 10 }", "--port", "0");
        string line = await process.StandardOutput.ReadLineAsync() ?? string.Empty;
        string url = line.Split(' ').First(w => w.StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
        using var http = new HttpClient();
        using var body = new StringContent(
            """{"model":"letter-sums","messages":[{"role":"user","content":"a+b="}]}""", Encoding.UTF8, "application/json");
        HttpResponseMessage response = await http.PostAsync(new Uri($"{url}/chat/completions"), body);
        Assert.Contains("Answer: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])!.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("stopped after 1 answers", await process.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name either a FOLDER with a model or a --script")]
    [InlineData("nearest: letter-sums", "--script", "leter-sums")]
    [InlineData("nothing' is neither a run", "nothing")]
    [InlineData("it has no key", "--script", "letter-sums", "--host", "0.0.0.0")]
    [InlineData("--port is 70000; it must be 0 to 65535", "--script", "letter-sums", "--port", "70000")]
    [InlineData("'RETORT_NO_SUCH_KEY' of --key-from is not set", "--script", "letter-sums", "--key-from", "RETORT_NO_SUCH_KEY")]
    public void What_is_wrong_is_said(string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        CommandResult found = CommandLine.Run(folder.Path, ["serve", .. arguments]);
        Assert.Equal(2, found.Code);
        Assert.Contains(expected, found.Error, StringComparison.Ordinal);
    }
}
