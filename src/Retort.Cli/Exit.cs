using Retort.Data;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Cli;

/// <summary>Exit codes, and the outermost frame: what a failure looks like to a user.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongInput = 2;
    public const int Interrupted = 130;

    /// <summary>Runs a command; a failure becomes a message on standard error and an exit code, never a stack trace.</summary>
    public static int Guard(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (RecipeException e)
        {
            return Say(e.Message, WrongInput);
        }
        catch (RunException e)
        {
            return Say($"error: {e.Message}", e.IsInputWrong ? WrongInput : Failed);
        }
        catch (DataFormatException e)
        {
            return Say($"error: {e.Message}", WrongInput);
        }
        catch (SafeTensorsException e)
        {
            return Say($"error: {e.Message}", WrongInput);
        }
        catch (OperationCanceledException)
        {
            return Say("interrupted; the state was saved, and the same command with --resume goes on.", Interrupted);
        }
        catch (EngineNotFoundException e)
        {
            return Say($"error: {e.Message}", Failed);
        }
        catch (IOException e)
        {
            return Say($"error: {e.Message}", IsFull(e) ? WrongInput : Failed);
        }
        catch (UnauthorizedAccessException e)
        {
            return Say($"error: {e.Message}", WrongInput);
        }
        catch (TorchException e)
        {
            return Say($"error: {e.Message}", Failed);
        }
#pragma warning disable CA1031 // the outermost frame: a stack trace shown to a user is a bug
        catch (Exception e)
#pragma warning restore CA1031
        {
            string? debug = Environment.GetEnvironmentVariable("RETORT_DEBUG");
            string text = string.IsNullOrEmpty(debug) ? $"{e.GetType().Name}: {e.Message}" : e.ToString();
            return Say($"error: this is a fault of Retort's, please report it (RETORT_DEBUG=1 shows more): {text}", Failed);
        }
    }

    // ENOSPC: the output folder's disk is full, which is for the user to mend.
    private static bool IsFull(IOException e) => (e.HResult & 0xFFFF) == 28;

    private static int Say(string message, int code)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
