using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Generation;

/// <summary>Lets a model go on with a batch of texts, token by token.</summary>
public static class SequenceWriter
{
    /// <summary>Writes every text on to a length.</summary>
    /// <param name="model">A module that is an <see cref="ICausalModel"/>, on the prompts' device; put into evaluation mode, and
    /// left in it.</param>
    /// <param name="prompts">int64 [N, P], P at least 1.</param>
    /// <param name="length">L, the length of the texts in the end, prompts included: above P, at most the model's context and
    /// one.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="generator">What they are drawn with; null for the default generator.</param>
    /// <exception cref="ArgumentException">The model writes nothing, or the length does not fit.</exception>
    public static WrittenSequences Write(
        Module model, Tensor prompts, int length, SamplingOptions sampling, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(sampling);
        Shapes.RequireDimensions(prompts, 2);
        if (Refusal(model, (int)prompts.Size(1), length) is { } why)
            throw new ArgumentException(why, nameof(model));
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        model.Eval();
        using ITokenReader reader = ((ICausalModel)model).Reader();
        List<Tensor> tokens = [prompts], logProbabilities = [];
        for (int place = (int)prompts.Size(1); place < length; place++)
        {
            using var step = new TensorScope();
            Tensor read = reader.Read(tokens[^1]);
            Tensor last = sampling.Probabilities(read.Narrow(1, read.Size(1) - 1, 1).Flatten(0, 1));     // [N, V]
            Tensor next = last.Multinomial(1, generator: generator);                                    // [N, 1]
            tokens.Add(step.Keep(next));
            logProbabilities.Add(step.Keep(last.Gather(1, next).Log()));
        }

        return new WrittenSequences(scope.Keep(Ops.Cat([.. tokens], 1)), scope.Keep(Ops.Cat([.. logProbabilities], 1)));
    }

    /// <summary>Why a model cannot write texts of a length after prompts of another; null where it can.</summary>
    public static string? Refusal(Module model, int prompt, int length) => model switch
    {
        not ICausalModel => "it reads no tokens from left to right, so it can write no text",
        ICausalModel writer when length > writer.Context + 1 =>
            $"it sees {writer.Context} tokens, and is to write texts of {length}: at most {writer.Context + 1}",
        _ when prompt < 1 || prompt >= length => $"a prompt of {prompt} tokens leaves nothing to write of a text of {length}",
        _ => null,
    };
}
