using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Generation;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Lets a model write texts that later stages train on: a teacher's own sequences, say.</summary>
/// <remarks>Leaves tokens like the data's, a <c>mask</c> that says which of them are written, and <c>log_probabilities</c>, those
/// of every token under the distribution that it was drawn from (0 where it is the prompt's).</remarks>
[Named("generate")]
public sealed class GenerateStage(GenerateStageOptions options) : Stage(options)
{
    private const string LogProbabilities = "log_probabilities";
    private readonly GenerateStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Writer];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        WriterCheck.Require(plan, _options, nameof(_options.Writer), _options.Writer);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dataset data = context.Data.Split("train");
        WriterCheck.RequireSequences(context, data, _options.Prompt);
        int length = (int)data.SampleShape[0], count = _options.Samples, size = _options.BatchSize;
        Role writer = context.Trained(_options.Writer);
        if (SequenceWriter.Refusal(writer.Model, _options.Prompt, length) is { } why)
            throw new RunException($"stage '{context.Stage}': '{_options.Writer}' cannot write: {why}.", isInputWrong: true);
        Engine.ManualSeed(context.SeedOf($"generate/{context.Stage}"));

        // Every sample begins a text before one begins a second.
        int[] order = RandomStream.Derive(context.SeedOf("prompts"), 0).Permutation(data.Count);
        using var held = new TensorScope();
        Tensor tokens = Tensor.Zeros(DType.Int64, count, length), said = Tensor.Zeros(DType.Float32, count, length);
        var loop = new StepLoop(context, (count + size - 1) / size)
        {
            UnitsPerStep = size,
            State = () => [new("tokens", tokens), new(LogProbabilities, said)],
            Load = state =>
            {
                tokens.CopyInPlace(state["tokens"]);
                said.CopyInPlace(state[LogProbabilities]);
            },
        };
        loop.Run(step =>
        {
            int from = (int)step * size, here = Math.Min(size, count - from);
            int[] places = [.. Enumerable.Range(from, here).Select(k => order[k % order.Length])];
            Tensor prompts = data.Gather(places).Input.Narrow(1, 0, _options.Prompt).To(context.Device);
            WrittenSequences written = SequenceWriter.Write(writer.Model, prompts, length, _options.Sampling);
            tokens.Narrow(0, from, here).CopyInPlace(written.Tokens);
            said.Narrow(0, from, here).Narrow(1, _options.Prompt, length - _options.Prompt).CopyInPlace(written.LogProbabilities);
            return [];
        });
        writer.Model.Dispose();
        Tensor mask = Tensor.Zeros(DType.UInt8, count, length);
        mask.Narrow(1, _options.Prompt, length - _options.Prompt).FillInPlace(1);
        SampleFile.Write(
            context.In(DataFile), tokens, Tensor.Full([count], Dataset.NoLabel, DType.Int64), [],
            new Dictionary<string, Tensor> { [NextToken.Mask] = mask, [LogProbabilities] = said });
        loop.Finish();
    }
}
