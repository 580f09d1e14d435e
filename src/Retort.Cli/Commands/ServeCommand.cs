using System.CommandLine;
using System.Globalization;
using System.Net;
using Retort.Runs;
using Retort.Serving;

namespace Retort.Cli.Commands;

/// <summary><c>retort serve FOLDER</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER")
        {
            Description = "A run's folder, or a model folder (runs/NAME/students/NAME), with a language model.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var model = new Option<string?>("--model")
        {
            Description = "Which of the run's models (default: the distilled student).",
        };
        var script = new Option<string?>("--script")
        {
            Description = "Serve a script in place of a model: its name, or 'name: { option: value }'.",
        };
        var host = new Option<string>("--host")
        {
            Description = "The address to listen on; any other than this machine's own needs a key.",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var port = new Option<int>("--port") { Description = "The port; 0 takes a free one.", DefaultValueFactory = _ => 8080 };
        var key = new Option<string>("--key-from")
        {
            Description = "The environment variable with the key that requests must give "
                + "(default: RETORT_API_KEY, where it is set).",
            DefaultValueFactory = _ => "RETORT_API_KEY",
        };
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Tokens of an answer at most.",
            DefaultValueFactory = _ => 4096,
        };
        var plugin = PluginOption.Create();
        var command = new Command("serve", "Serve a language model or a script by the protocol of OpenAI's endpoints.")
        {
            folder, model, script, host, port, key, tokens, plugin,
        };
        command.SetAction(parsed =>
        {
            if ((parsed.GetValue(folder) is null) == (parsed.GetValue(script) is null))
                throw new RunException("name either a FOLDER with a model or a --script.", isInputWrong: true);
            var options = new ServerOptions
            {
                Address = AddressOf(parsed.GetValue(host)!),
                Port = InRange("--port", parsed.GetValue(port), 0, IPEndPoint.MaxPort),
                MaxTokens = InRange("--max-tokens", parsed.GetValue(tokens), 1, 1 << 20),
                Key = KeyFrom(parsed.GetValue(key)!, isNamed: parsed.GetResult(key) is { Implicit: false }),
            };
            using TextSource source = parsed.GetValue(script) is { } rules
                ? ServedScript.Open(rules, PluginOption.RegistryOf(parsed, plugin))
                : ServedModel.Open(parsed.GetValue(folder)!, parsed.GetValue(model));
            Serve(source, options).GetAwaiter().GetResult();
            return Exit.Done;
        });
        return command;
    }

    private static async Task Serve(TextSource source, ServerOptions options)
    {
        using var signals = new StopSignals();
        await using TextServer server = await TextServer.StartAsync(source, options, signals.Token).ConfigureAwait(false);
        string key = options.Key is null ? "without a key" : "with a key";
        Console.WriteLine($"serving '{source.Name}' at {server.Address.AbsoluteUri}v1 {key}; Ctrl-C stops");
        try
        {
            await Task.Delay(Timeout.Infinite, signals.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping is how serving ends.
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped after {server.Replies} answers"));
        }
    }

    private static IPAddress AddressOf(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out IPAddress? address) ? address
        : throw new RunException($"--host is '{host}'; it must be an address such as 127.0.0.1 or 0.0.0.0.", isInputWrong: true);

    private static int InRange(string option, int value, int least, int most) => value >= least && value <= most ? value
        : throw new RunException(
            string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be {least} to {most}."),
            isInputWrong: true);

    // A key that was asked for and is not there must not become none.
    private static string? KeyFrom(string variable, bool isNamed)
    {
        string? key = Environment.GetEnvironmentVariable(variable);
        return !string.IsNullOrEmpty(key) ? key
            : isNamed ? throw new RunException(
                $"the environment variable '{variable}' of --key-from is not set.", isInputWrong: true)
            : null;
    }
}
