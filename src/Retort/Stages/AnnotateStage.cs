using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Asking;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Sets;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Asks a chat teacher about training samples and leaves them with what it answered: labels, completions, further
/// texts.</summary>
/// <remarks>Every answer is on the disk before the next thing happens. Whatever ends the run, with or without <c>--resume</c>,
/// none is asked for again.</remarks>
[Named("annotate")]
public sealed class AnnotateStage(AnnotateStageOptions options) : Stage(options)
{
    private readonly AnnotateStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile, Asker.JournalFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.DataOf(this) is not { } data)
            return;
        bool isPrompted = data.Dataset is PromptedSet;
        if (!isPrompted && _options.Completion is not null)
            plan.Report(_options, nameof(_options.Completion), "the data's samples have classes, and no completions", "label");
        if (isPrompted && _options.Label is not null)
            plan.Report(_options, nameof(_options.Label), "the data's samples have completions, and no classes", "completion");
        if (!isPrompted && _options.Texts.Count > 0)
        {
            plan.Report(
                _options, nameof(_options.Texts), "the data's samples are no prompts for a language model",
                "a set such as prompts");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dataset data = context.Data.Split("train");
        if (data.ElementType != DType.Int64)
            throw new RunException($"stage '{context.Stage}' asks about texts, and '{data.Name}' has none.", isInputWrong: true);
        if (_options.Samples is { } count && count < data.Count)
            data = data.Sample(count, context.SeedOf("data"), balanced: true);
        string prefix = context.Data.Options.Dataset is PromptedSet { Prefix: var before } ? before : string.Empty;
        Sample[] samples = Read(data, prefix);
        TextTemplate prompt = TextTemplate.Parse(_options.Prompt);
        Regex? pattern = _options.Pattern is { } form ? AnnotateStageOptions.PatternOf(form) : null;
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        IReadOnlyList<Sample?> answered;
        using (Asker asker = Asker.Open(context, _options.Teacher, _options.Asking, _options.Journal))
        {
            answered = asker.Ask(
                [.. samples.Select(s => new Question(_options.System, prompt.Fill(s.Values)))], (k, reply) =>
                    Use(data, prefix, pattern, samples[k], reply));
            asker.Note();
        }

        Sample[] kept = [.. answered.OfType<Sample>()];
        int lost = samples.Length - kept.Length;
        context.Figures["lost"] = lost;
        if (kept.Length == 0 || lost > _options.MaxLost * samples.Length)
        {
            throw new RunException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"stage '{context.Stage}': of {samples.Length} samples {lost} got no answer that could be used in ")
                + string.Create(CultureInfo.InvariantCulture, $"{_options.Asking.Attempts} attempts each. ")
                + $"Look at what the teacher wrote ({Asker.JournalFile} in '{context.Folder}'), at `pattern`, "
                + "or raise `max_lost`.",
                isInputWrong: true);
        }

        Write(context, data, kept);
    }

    private static Sample[] Read(Dataset data, string prefix)
    {
        using var scope = new TensorScope();
        var samples = new Sample[data.Count];
        bool isPrompted = data.Fields.Any(f => f.Name == PromptedText.PlaceField);
        for (int k = 0; k < samples.Length; k++)
        {
            using var each = new TensorScope();
            Batch one = data.Gather([k]);
            long[] tokens = one.Input.ToArray<long>();
            int place = isPrompted ? (int)one[PromptedText.PlaceField].ToInt64() : tokens.Length;
            string text = PromptedText.Decode(tokens.AsSpan(0, place));
            string completion = isPrompted ? PromptedText.Decode(tokens.AsSpan(place))
                : data.Labels[k] is >= 0 and var label ? data.ClassNames[(int)label] : string.Empty;
            samples[k] = new Sample(tokens, place, data.Labels[k], new Dictionary<string, string>
            {
                ["text"] = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
                ["completion"] = completion,
            });
        }

        return samples;
    }

    // The sample with the answer's parts; null where the answer cannot be used.
    private Sample? Use(Dataset data, string prefix, Regex? pattern, Sample sample, Reply reply)
    {
        var values = new Dictionary<string, string>(sample.Values) { ["reply"] = reply.Text };
        if (pattern is not null)
        {
            Match match = pattern.Match(reply.Text);
            if (!match.Success)
                return null;
            foreach (string group in pattern.GetGroupNames())
                values[group] = match.Groups[group].Value;
        }

        Sample used = sample with { Values = values };
        if (_options.Label is { } label)
        {
            string name = TextTemplate.Parse(label).Fill(values).Trim();
            int found = data.ClassNames.ToList().FindIndex(c => string.Equals(c, name, StringComparison.OrdinalIgnoreCase));
            if (found < 0)
                return null;
            used = used with { Label = found };
        }

        try
        {
            if (_options.Completion is { } completion)
            {
                var tokens = new long[sample.Tokens.Length];
                PromptedText.Encode(prefix + values["text"], TextTemplate.Parse(completion).Fill(values), tokens);
                used = used with { Tokens = tokens };
            }

            // Texts that do not fit are an answer that cannot be used.
            foreach (AnnotatedText text in _options.Texts.Values)
                Encode(text, used, used);
            return used;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private void Write(StageContext context, Dataset data, Sample[] kept)
    {
        using var scope = new TensorScope();
        Sample[] donors = Donors(context, kept);
        var fields = new Dictionary<string, Tensor>();
        if (data.Fields.Any(f => f.Name == PromptedText.PlaceField))
            fields[PromptedText.PlaceField] = Tensor.From<long>([.. kept.Select(s => (long)s.Place)], kept.Length, 1);
        foreach ((string name, AnnotatedText text) in _options.Texts)
        {
            try
            {
                (long[] Tokens, long Place)[] texts = [.. kept.Zip(donors, (own, donor) => Encode(text, own, donor))];
                fields[name] = Tensor.From<long>([.. texts.SelectMany(t => t.Tokens)], kept.Length, text.MaxLength + 1);
                fields[name + PromptedText.PlaceSuffix] = Tensor.From<long>([.. texts.Select(t => t.Place)], kept.Length, 1);
            }
            catch (ArgumentException e)
            {
                throw new RunException($"stage '{context.Stage}', text '{name}': {e.Message}", isInputWrong: true, e);
            }
        }

        SampleFile.Write(
            context.In(DataFile), Tensor.From<long>([.. kept.SelectMany(s => s.Tokens)], kept.Length, data.SampleSize),
            Tensor.From<long>([.. kept.Select(s => s.Label)]), data.ClassNames, fields);
    }

    // Whose answer each sample's further texts are made of: its own, or that of the next one in a random circle.
    private Sample[] Donors(StageContext context, Sample[] kept)
    {
        if (_options.TeacherRows == TeacherRows.Matched)
            return kept;
        int[] circle = RandomStream.Derive(context.SeedOf($"rows/{context.Stage}")).Permutation(kept.Length);
        var donors = new Sample[kept.Length];
        for (int k = 0; k < circle.Length; k++)
            donors[circle[k]] = kept[circle[(k + 1) % circle.Length]];
        return donors;
    }

    private static (long[] Tokens, long Place) Encode(AnnotatedText text, Sample own, Sample donor)
    {
        var tokens = new long[text.MaxLength + 1];
        long place = PromptedText.Encode(
            TextTemplate.Parse(text.Prompt).Fill(own.Values), TextTemplate.Parse(text.Completion).Fill(donor.Values), tokens);
        return (tokens, place);
    }

    private sealed record Sample(long[] Tokens, int Place, long Label, IReadOnlyDictionary<string, string> Values);
}
