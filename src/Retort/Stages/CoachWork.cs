using System.Text.Json;
using Retort.Asking;
using Retort.Coaching;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Sets;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Stages;

/// <summary>What a coach stage carries from round to round: the texts, the best student, what was asked.</summary>
internal sealed class CoachWork : IDisposable
{
    private const string BestPrefix = "best.", TokensName = "tokens", LabelsName = "labels", RoundsName = "rounds",
        StateName = "state", AskedName = "asked";

    private readonly StageContext _context;
    private readonly CoachStageOptions _options;
    private readonly Asker _asker;
    private readonly Dataset _seeds;
    private readonly Dataset _held;
    private readonly string[] _heldTexts;
    private readonly List<long[]> _tokens = [];
    private readonly List<long> _labels = [];
    private readonly List<long> _rounds = [];
    private Dictionary<string, Tensor> _best = [];
    private double _bestF1 = double.NegativeInfinity;
    private int _patience, _requested, _weak, _refused;
    private double[] _askedBefore = [];

    public CoachWork(StageContext context, CoachStageOptions options)
    {
        (_context, _options, _patience) = (context, options, options.Patience);
        _seeds = context.Data.Training(context.SeedOf("data"), options.TrainSamples).Data;
        _held = context.Data.Split("validation");
        _heldTexts = TextsOf(_held);
        _asker = Asker.Open(context, options.Teacher, options.Asking, options.Journal);
    }

    /// <summary>Rounds of asking; training has one more.</summary>
    public int Rounds => (_options.Texts + _options.PerRound - 1) / _options.PerRound;

    private IReadOnlyList<string> Classes => _seeds.ClassNames;

    /// <summary>Trains on what there is, measures, and asks for more; nothing where patience has run out before.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Round(int number)
    {
        if (_patience == 0)
            return [];
        using Module student = Train(number);
        Predictions found = Predictor.Predict(student, _context.Data.Evaluation(_held), _context.Device);
        ConfusionMatrix confusion = Classification.Evaluate(found.Logits, found.Labels, found.Classes).Confusion;
        double f1 = confusion.MacroF1();
        if (f1 > _bestF1 + _options.MinGain || _best.Count == 0)
        {
            (_bestF1, _patience) = (f1, _options.Patience);
            Keep(student.StateDict());
        }
        else
        {
            _patience--;
        }

        if (_patience > 0 && number < Rounds)
            Ask(number, confusion.Reports(), found);
        return [new("validation_macro_f1", f1), new("texts", _labels.Count), new("refused_texts", _refused)];
    }

    /// <summary>Measures the best student on the test split, and writes everything.</summary>
    public void Finish()
    {
        using (Module student = _context.NewRole(_options.Role).Model)
        {
            student.LoadStateDict(_best);
            ClassificationFigures figures = Predictor.Evaluate(
                student, _context.Data.Evaluation(_options.Split), _context.Device);
            void Note(string metric, double value) => _context.Figures[$"{_context.Stage}/{_options.Split}/{metric}"] = value;
            Note("macro_f1", figures.Confusion.MacroF1());
            Note("accuracy", figures.Top1);
            Note("texts", _labels.Count);
            Note("weak_share", _labels.Count == 0 ? 0 : _weak / (double)_labels.Count);
        }

        _context.Figures["validation_macro_f1"] = _bestF1;
        _context.Figures["refused_texts"] = _refused;
        _asker.Note(_askedBefore);
        using var scope = new TensorScope();
        Dataset all = Everything();
        SampleFile.Write(_context.In(Stage.DataFile), all);
        AtomicFile.Write(_context.In(CoachStage.TextsFile), stream =>
        {
            for (int k = 0; k < _labels.Count; k++)
            {
                JsonSerializer.Serialize(stream, new
                {
                    round = _rounds[k] + 1,
                    label = Classes[(int)_labels[k]],
                    text = PromptedText.Decode(_tokens[k]),
                });
                stream.WriteByte((byte)'\n');
            }
        });
    }

    /// <summary>The best student's values.</summary>
    public IReadOnlyDictionary<string, Tensor> Best => _best;

    public IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        foreach ((string name, Tensor value) in _best)
            yield return new(BestPrefix + name, value);
        yield return new(TokensName, Tensor.From([.. _tokens.SelectMany(t => t)], _tokens.Count, _seeds.SampleSize));
        yield return new(LabelsName, Tensor.From(_labels.ToArray()));
        yield return new(RoundsName, Tensor.From(_rounds.ToArray()));
        yield return new(StateName, Tensor.From([_bestF1, _patience, _requested, _weak, _refused]));
        yield return new(AskedName, Tensor.From(_asker.Total(_askedBefore)));
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        long[] tokens = state[TokensName].ToArray<long>(), labels = state[LabelsName].ToArray<long>();
        long[] rounds = state[RoundsName].ToArray<long>();
        double[] numbers = state[StateName].ToArray<double>();
        if (tokens.Length != labels.Length * _seeds.SampleSize || labels.Length != rounds.Length || numbers.Length != 5
            || labels.Any(l => l < 0 || l >= Classes.Count))
            throw new InvalidDataException("its texts do not fit the stage's data");
        Keep(state.Where(s => s.Key.StartsWith(BestPrefix, StringComparison.Ordinal))
            .ToDictionary(s => s.Key[BestPrefix.Length..], s => s.Value));
        _tokens.Clear();
        _tokens.AddRange(tokens.Chunk(_seeds.SampleSize));
        _labels.Clear();
        _labels.AddRange(labels);
        _rounds.Clear();
        _rounds.AddRange(rounds);
        _bestF1 = numbers[0];
        (_patience, _requested, _weak, _refused) = ((int)numbers[1], (int)numbers[2], (int)numbers[3], (int)numbers[4]);
        _askedBefore = state[AskedName].ToArray<double>();
    }

    public void Dispose()
    {
        Keep(new Dictionary<string, Tensor>());
        _asker.Dispose();
    }

    private static string[] TextsOf(Dataset data)
    {
        var texts = new string[data.Count];
        for (int k = 0; k < texts.Length; k++)
        {
            using var scope = new TensorScope();
            texts[k] = PromptedText.Decode(data.Gather([k]).Input.ToArray<long>());
        }

        return texts;
    }

    private Module Train(int round)
    {
        Role student = _context.NewRole(_options.Role);
        new InnerTraining
        {
            Plan = _options.Training,
            Student = student,
            Data = Everything(),
            Purpose = FormattableString.Invariant($"round {round + 1}"),
        }.Run(_context);
        return student.Model;
    }

    // The first texts and those that were written since.
    private Dataset Everything()
    {
        using var scope = new TensorScope();
        long[] first = _seeds.Gather([.. Enumerable.Range(0, _seeds.Count)]).Input.ToArray<long>();
        return Dataset.OfTokens(
            _seeds.Name, "train", [.. first, .. _tokens.SelectMany(t => t)], [.. _seeds.SampleShape],
            [.. _seeds.Labels, .. _labels], Classes);
    }

    private void Ask(int round, IReadOnlyList<ClassReport> reports, Predictions found)
    {
        bool isWeak = _options.Aim == CoachAim.Weak;
        int wanted = Math.Min(_options.PerRound, _options.Texts - _requested);
        int[] quotas = ClassQuotas.Divide(
            [.. reports.Select(r => isWeak ? Math.Pow(1 - r.F1, _options.Focus) : 1)], wanted);
        (string, int, int)[] mistakes = isWeak ? Surest(found) : [];
        IReadOnlyList<int[]> parts = ClassQuotas.Split(quotas, _options.PerQuestion);
        Question[] questions = [.. parts.Select((part, k) => new Question(
            _options.System, CoachPrompt.Write(_options.Task, Classes, part, isWeak ? reports : null, mistakes),
            ((long)round << 20) + k))];
        IReadOnlyList<(int Label, string Text)>? Use(int question, Reply reply) =>
            CoachPrompt.Read(reply.Text, Classes) is { Count: > 0 } texts ? texts : null;
        IReadOnlyList<IReadOnlyList<(int Label, string Text)>?> answers = _asker.Ask(questions, Use, isProgress: false);
        if (answers.All(a => a is null))
        {
            throw new RunException(
                $"stage '{_context.Stage}': of {answers.Count} answers in round {round + 1} none had a line 'CLASS: TEXT' "
                + $"that could be used. Look at what the teacher wrote ({Asker.JournalFile} in '{_context.Folder}').",
                isInputWrong: true);
        }

        _requested += wanted;
        Take(round, answers.OfType<IReadOnlyList<(int, string)>>().SelectMany(a => a), reports);
    }

    private void Take(int round, IEnumerable<(int Label, string Text)> written, IReadOnlyList<ClassReport> reports)
    {
        var filter = new TextFilter(_options.OverlapWords, _options.MaxOverlap);
        foreach (string text in _heldTexts)
            filter.Hold(text);
        foreach (string text in TextsOf(Everything()))
            filter.Know(text);
        double median = MeanAndSpread.Median(reports.Select(r => r.F1));
        foreach ((int label, string text) in written)
        {
            if (System.Text.Encoding.UTF8.GetByteCount(text) > _seeds.SampleSize || !filter.Take(text))
            {
                _refused++;
                continue;
            }

            var tokens = new long[_seeds.SampleSize];
            ByteTokens.Encode(text, tokens);
            _tokens.Add(tokens);
            _labels.Add(label);
            _rounds.Add(round);
            _weak += reports[label].F1 < median ? 1 : 0;
        }
    }

    // The mistakes with the highest confidence.
    private (string Text, int Taken, int Label)[] Surest(Predictions found)
    {
        var wrong = new List<(double Confidence, int Row, int Taken)>();
        for (int row = 0; row < found.Labels.Length; row++)
        {
            ReadOnlySpan<float> logits = found.Logits.AsSpan(row * found.Classes, found.Classes);
            LogitRow read = LogitRow.Read(logits);
            if (read.IsDefined && read.Prediction != found.Labels[row])
                wrong.Add((logits[read.Prediction] - read.LogNormalizer, row, read.Prediction));
        }

        return [.. wrong.OrderByDescending(w => w.Confidence).Take(_options.Mistakes)
            .Select(w => (_heldTexts[w.Row], w.Taken, (int)found.Labels[w.Row]))];
    }

    // Out of the step's scope, and in place of what was kept before.
    private void Keep(IReadOnlyDictionary<string, Tensor> values)
    {
        Dictionary<string, Tensor> kept = values.ToDictionary(v => v.Key, v => v.Value.Detach().Clone().Persist());
        foreach (Tensor before in _best.Values)
            before.Dispose();
        _best = kept;
    }
}
