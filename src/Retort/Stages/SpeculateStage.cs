using System.Diagnostics;
using System.Runtime.InteropServices;
using Retort.Data;
using Retort.Distillation;
using Retort.Generation;
using Retort.Models.Text;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Measures drafts by speculative decoding: how many of their guesses the target keeps, and what that saves.</summary>
/// <remarks>Figures of a draft: <c>acceptance</c> (α), <c>tokens_per_call</c> of the target, what α alone would give
/// (<c>expected_tokens_per_call</c>), and <c>tokens_per_second</c>, which the target has too, writing alone. All figures but the
/// last are the same in every run.</remarks>
[Named("speculate")]
public sealed class SpeculateStage(SpeculateStageOptions options) : MeasuredStage(options)
{
    private readonly SpeculateStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Target, .. _options.Drafts];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> MeasuredModels => [_options.Target, .. _options.Drafts];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        WriterCheck.Require(plan, _options, nameof(_options.Target), _options.Target);
        for (int k = 0; k < _options.Drafts.Count; k++)
            WriterCheck.Require(plan, _options, nameof(_options.Drafts), _options.Drafts[k], k);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dataset data = context.Data.Split(_options.Split).Take(_options.Samples);
        WriterCheck.RequireSequences(context, data, _options.Prompt);
        Role target = context.Trained(_options.Target);
        Role[] drafts = [.. _options.Drafts.Select(context.Trained)];
        SpeculativeDecoder[] decoders = [Alone(target), .. drafts.Select(d => Decoder(context, target, d))];

        // Of each decoder: tokens, calls, examined, accepted, and seconds.
        var counts = new double[decoders.Length, 5];
        var loop = new StepLoop(context, (long)decoders.Length * data.Count)
        {
            State = () => [new("counts", Tensor.From(counts))],
            Load = state => state["counts"].CopyTo(MemoryMarshal.CreateSpan(ref counts[0, 0], counts.Length)),
        };
        loop.Run(step =>
        {
            int which = (int)(step / data.Count), place = (int)(step % data.Count);
            Add(counts, which, Write(context, decoders[which], data, place, out double seconds), seconds);
            return [];
        });
        Report(context, counts);
        foreach (Role role in drafts.Append(target))
            role.Model.Dispose();
        loop.Finish();
    }

    private SpeculativeDecoder Alone(Role target) =>
        new((ICausalModel)target.Model, (ICausalModel)target.Model, _options.Speculation with { Guesses = 0 });

    private SpeculativeDecoder Decoder(StageContext context, Role target, Role draft)
    {
        try
        {
            return new SpeculativeDecoder((ICausalModel)target.Model, (ICausalModel)draft.Model, _options.Speculation);
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}', draft '{draft.Name}': {e.Message}", isInputWrong: true, e);
        }
    }

    // All drafts go on from the same prompts with the same random numbers.
    private SpeculationTally Write(StageContext context, SpeculativeDecoder decoder, Dataset data, int place, out double seconds)
    {
        long[] sample = data.Gather([place]).Input.ToArray<long>();
        RandomStream random = RandomStream.Derive(context.SeedOf("speculation"), (ulong)place);
        long start = Stopwatch.GetTimestamp();
        try
        {
            decoder.Write(sample.AsSpan(0, _options.Prompt), sample.Length, random, out SpeculationTally tally);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return tally;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new RunException(
                $"stage '{context.Stage}': the data's sequences do not fit into the models' contexts: {e.Message}",
                isInputWrong: true, e);
        }
    }

    private static void Add(double[,] counts, int which, SpeculationTally tally, double seconds)
    {
        counts[which, 0] += tally.Tokens;
        counts[which, 1] += tally.Calls;
        counts[which, 2] += tally.Examined;
        counts[which, 3] += tally.Accepted;
        counts[which, 4] += seconds;
    }

    private void Report(StageContext context, double[,] counts)
    {
        for (int k = 0; k <= _options.Drafts.Count; k++)
        {
            string name = k == 0 ? _options.Target : _options.Drafts[k - 1];
            var tally = new SpeculationTally((long)counts[k, 0], (long)counts[k, 1], (long)counts[k, 2], (long)counts[k, 3]);
            List<KeyValuePair<string, double>> figures = [];
            if (k > 0 && tally.Examined > 0)
            {
                figures.Add(new("acceptance", tally.Acceptance));
                figures.Add(new("tokens_per_call", tally.TokensPerCall));
                double expected = SpeculationTally.ExpectedTokensPerCall(tally.Acceptance, _options.Speculation.Guesses);
                figures.Add(new("expected_tokens_per_call", expected));
            }

            figures.Add(new("tokens_per_second", tally.Tokens / counts[k, 4]));
            foreach ((string metric, double value) in figures)
                context.Figures[$"{name}/{_options.Split}/{metric}"] = value;
            context.Progress.Measured(
                context.Stage, context.Seed,
                [.. figures.Select(f => new KeyValuePair<string, double>($"{name}/{f.Key}", f.Value))]);
        }
    }
}
