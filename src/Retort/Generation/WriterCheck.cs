using Retort.Models.Text;
using Retort.Runs;

namespace Retort.Generation;

/// <summary>Says before a run which models of a stage cannot write text.</summary>
internal static class WriterCheck
{
    /// <summary>Reports a name under which nothing has weights, or a network that reads no tokens from left to right.</summary>
    public static void Require(RecipePlan plan, object options, string property, string name, int? item = null)
    {
        if (!plan.RequireTrained(options, property, name, item)
            || plan.NetworkOf(plan.RoleTrainedAs(name) ?? name) is null or ICausalModel)
            return;
        plan.Report(
            options, property, $"'{name}' cannot write text: it reads no tokens from left to right",
            "a language model, such as gpt", item);
    }

    /// <summary>The data's sequences as prompts need them.</summary>
    /// <exception cref="RunException">The data holds no sequences of tokens, or prompts leave nothing of them.</exception>
    public static void RequireSequences(StageContext context, Data.Dataset data, int prompt)
    {
        if (data.ElementType != Torch.DType.Int64 || data.SampleShape.Count != 1)
        {
            throw new RunException(
                $"stage '{context.Stage}' goes on from sequences of tokens, and a sample of '{data.Name}' is {data.ElementType} "
                    + $"[{string.Join(", ", data.SampleShape)}].",
                isInputWrong: true);
        }

        if (prompt >= data.SampleShape[0])
        {
            throw new RunException(
                FormattableString.Invariant($"stage '{context.Stage}' begins with prompts of {prompt} tokens, ")
                + FormattableString.Invariant($"and those of '{data.Name}' have {data.SampleShape[0]}."),
                isInputWrong: true);
        }
    }
}
