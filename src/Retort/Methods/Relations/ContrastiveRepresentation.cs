using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Which samples count as a positive of <c>crd</c>.</summary>
public enum ContrastivePositive
{
    /// <summary>The same sample.</summary>
    Exact,

    /// <summary>Any sample of the same class.</summary>
    Relax,
}

/// <summary>An image's two embeddings find each other among many embeddings of other images, held in memory banks.</summary>
/// <remarks>
/// <para><b>Paper.</b> Tian, Krishnan and Isola, "Contrastive Representation Distillation", ICLR 2020,
/// arXiv:1910.10699.</para>
/// <para><b>Equation.</b> With unit embeddings v and a bank M of each role, P_j = exp(⟨M_other[index_j], v⟩ / τ) / Z for one
/// positive (j = 0) and K negatives; −(1/N) Σ (log(P_0 / (P_0 + K/n + ε)) + Σ_{j>0} log((K/n) / (P_j + K/n + ε))), added over
/// the two roles; n is the number of training samples, ε = 1e-7. Z is fixed at the first step: n times the mean of the
/// exponentials. After each step M[i] becomes (m M[i] + (1 − m) v_i) at unit length.</para>
/// <para><b>Needs.</b> A feature of each role, laid out flat, which a linear layer embeds; both layers are trained with the
/// student. Labelled training samples of at least two classes: negatives are drawn from the other classes. The banks hold
/// 2 · n · D numbers and are part of checkpoints.</para>
/// <para><b>Variants.</b> Negatives are drawn with replacement, anew each step; the authors' code draws without where there are
/// enough. <c>positive: relax</c> is the toolkits' other mode.</para>
/// </remarks>
[Method("crd", Title = "Contrastive representation distillation", Family = MethodFamily.Relation,
    Year = 2020, Paper = "arXiv:1910.10699")]
public sealed class ContrastiveRepresentation(ContrastiveRepresentationOptions options) : Criterion(options)
{
    private const double Floor = 1e-7;

    // Below this many samples for each candidate, one product with the whole bank is cheaper than gathering rows.
    private const int ProductLimit = 8;
    private readonly ContrastiveRepresentationOptions _options = options;
    private MemoryBanks? _banks;
    private Linear? _student;
    private Linear? _teacher;

    // What the last evaluation computed: the step's own, when the step asks to remember.
    private Step? _last;

    private MemoryBanks Banks =>
        _banks ?? throw new InvalidOperationException("crd needs the training samples: attach it first.");

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        Dataset data = attachment.Samples;
        if (data.Labels.Any(l => l < 0))
            throw new ArgumentException("crd draws negatives from other classes, and some training samples have no label.");
        if (data.Labels.Distinct().Count() < 2)
            throw new ArgumentException("crd draws negatives from other classes, and the training samples are of one class.");
        _banks = Own("banks", new MemoryBanks(data, attachment.IdBound, _options.Width));
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long from = signals.Student.Tap(_options.StudentTap).Flatten(1).Size(1);
        long to = signals.Teacher.Tap(_options.TeacherTap).Flatten(1).Size(1);
        _student = Own("student_embedding", new Linear(from, _options.Width));
        _teacher = Own("teacher_embedding", new Linear(to, _options.Width));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Step step = StepOf(signals);
        _last = step;
        return Loss(step.StudentScores, step.StudentNormalizer, Banks.Count)
            + Loss(step.TeacherScores, step.TeacherNormalizer, Banks.Count);
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Step step = _last is { } last && ReferenceEquals(last.Batch, signals.Batch) ? last : StepOf(signals);
        _last = null;
        Banks.Renew(step, _options.Momentum);
    }

    private Step StepOf(Signals signals)
    {
        Tensor student = _student!.Call(signals.Student.Tap(_options.StudentTap).Flatten(1)).UnitLength(1);
        Tensor teacher = _teacher!.Call(signals.Teacher.Tap(_options.TeacherTap).Detach().Flatten(1)).UnitLength(1);
        Tensor rows = Banks.RowsOf(signals.Batch.Index);
        Tensor candidates = Banks.Candidates(
            rows, signals.Labels, _options.Negatives, signals.Clock.Step, _options.Positive == ContrastivePositive.Relax);
        Tensor studentScores = Scores(student, Banks.Teacher, candidates, _options.Temperature);
        Tensor teacherScores = Scores(teacher, Banks.Student, candidates, _options.Temperature);
        return new Step(
            signals.Batch, rows, student, teacher, studentScores, teacherScores,
            Banks.Normalizer(Banks.StudentNormalizer, studentScores), Banks.Normalizer(Banks.TeacherNormalizer, teacherScores));
    }

    /// <summary>exp(⟨bank[index], v⟩ / τ) for each sample and candidate, [N, 1 + K].</summary>
    /// <param name="embeddings">Unit embeddings v, [N, D]. Gradients flow here.</param>
    /// <param name="bank">The other role's bank, [n, D].</param>
    /// <param name="candidates">Rows of the bank, [N, 1 + K]: the positive first.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Scores(Tensor embeddings, Tensor bank, Tensor candidates, double temperature = 0.07)
    {
        Shapes.RequireDimensions(embeddings, 2);
        Shapes.RequireDimensions(bank, 2);
        Shapes.RequireDimensions(candidates, 2);
        Shapes.RequireSameBatch(embeddings, candidates);
        RequirePositive(temperature);
        if (embeddings.Size(1) != bank.Size(1))
        {
            throw new ShapeException(
                $"'embeddings' {Shapes.Text(embeddings)} and 'bank' {Shapes.Text(bank)} must have the same width.");
        }

        using var scope = new TensorScope();
        Tensor found = embeddings.AtLeastFloat32(), known = bank.AsTarget();
        if (bank.Size(0) <= ProductLimit * candidates.Size(1))
            return scope.Keep((found.MatMul(known.T()).Gather(1, candidates) / temperature).Exp());
        Tensor rows = known.IndexSelect(0, candidates.Flatten())
            .Reshape([candidates.Size(0), candidates.Size(1), bank.Size(1)]);              // [N, 1 + K, D]
        return scope.Keep((rows.Bmm(found.Unsqueeze(2)).Squeeze(2) / temperature).Exp());
    }

    /// <summary>Z, which the first batch fixes for good: n times the mean of its scores.</summary>
    public static double Normalizer(Tensor scores, long samples)
    {
        ArgumentNullException.ThrowIfNull(scores);
        using var scope = new TensorScope();
        return scores.Detach().Mean().ToDouble() * samples;
    }

    /// <summary>The loss of one role, as a function of tensors alone.</summary>
    /// <param name="scores">Scores, [N, 1 + K], the positive first. Gradients flow here.</param>
    /// <param name="normalizer">Z, a scalar above 0.</param>
    /// <param name="samples">n, how many training samples there are.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The scores are no [N, 1 + K].</exception>
    public static Tensor Loss(Tensor scores, Tensor normalizer, long samples, double epsilon = Floor)
    {
        Shapes.RequireDimensions(scores, 2);
        using var scope = new TensorScope();
        return scope.Keep(Loss(scores / normalizer.Detach(), 1.0, samples, epsilon));
    }

    /// <summary>The loss of one role, as a function of tensors and numbers.</summary>
    /// <param name="scores">Scores, [N, 1 + K], the positive first. Gradients flow here.</param>
    /// <param name="normalizer">Z, above 0.</param>
    /// <param name="samples">n, how many training samples there are.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The scores are no [N, 1 + K].</exception>
    public static Tensor Loss(Tensor scores, double normalizer, long samples, double epsilon = Floor)
    {
        Shapes.RequireDimensions(scores, 2);
        RequirePositive(normalizer);
        using var scope = new TensorScope();
        Tensor found = scores / normalizer;
        long negatives = found.Size(1) - 1;
        double noise = (double)negatives / samples;
        Tensor positive = found.Narrow(1, 0, 1), others = found.Narrow(1, 1, negatives);
        Tensor right = (positive / (positive + (noise + epsilon))).Log().Sum();
        Tensor wrong = (noise / (others + (noise + epsilon))).Log().Sum();
        return scope.Keep(-(right + wrong) / found.Size(0));
    }

    /// <summary>The bank after a batch: its rows drawn towards the new embeddings and scaled to unit length again.</summary>
    /// <param name="bank">[n, D]; it is left as it is.</param>
    /// <param name="embeddings">Unit embeddings, [N, D].</param>
    /// <param name="index">The samples' rows, [N].</param>
    /// <param name="momentum">How much of the old row stays.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Updated(Tensor bank, Tensor embeddings, Tensor index, double momentum = 0.5)
    {
        Shapes.RequireSameBatch(embeddings, index);
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        Tensor rows = bank.IndexSelect(0, index) * momentum + embeddings.Detach() * (1 - momentum);
        return scope.Keep(bank.IndexCopy(0, index, rows / rows.Norm(p: 2, dim: 1, keepDim: true)));
    }

    /// <summary>One step's embeddings and scores.</summary>
    private sealed record Step(
        Batch Batch, Tensor Rows, Tensor Student, Tensor Teacher, Tensor StudentScores, Tensor TeacherScores,
        Tensor StudentNormalizer, Tensor TeacherNormalizer);

    /// <summary>Both banks, both Z, and where the samples of each class are.</summary>
    private sealed class MemoryBanks : Module
    {
        private readonly Torch.Nn.Buffer _student;
        private readonly Torch.Nn.Buffer _teacher;
        private readonly Torch.Nn.Buffer _seed;
        private readonly Torch.Nn.Buffer _rows;
        private readonly Torch.Nn.Buffer _order;
        private readonly Torch.Nn.Buffer _starts;
        private readonly Torch.Nn.Buffer _counts;
        private readonly Torch.Nn.Buffer _others;
        private ulong? _drawn;

        public MemoryBanks(Dataset data, long idBound, long width)
        {
            Count = data.Count;
            double bound = 1 / Math.Sqrt(width / 3.0);
            _student = Buffer("student", Tensor.Empty(DType.Float32, Count, width).UniformInPlace(-bound, bound));
            _teacher = Buffer("teacher", Tensor.Empty(DType.Float32, Count, width).UniformInPlace(-bound, bound));
            StudentNormalizer = Buffer("student_z", Tensor.Zeros(DType.Float32));
            TeacherNormalizer = Buffer("teacher_z", Tensor.Zeros(DType.Float32));
            _seed = Buffer("seed", Ops.Randint(0, long.MaxValue, [1], null, DType.Int64));

            var rows = new long[idBound];
            for (int row = 0; row < data.Count; row++)
                rows[data.Ids[row]] = row;
            long[] order = [.. Enumerable.Range(0, data.Count).OrderBy(row => data.Labels[row]).Select(row => (long)row)];
            var counts = new long[data.Labels.Max() + 1];
            foreach (long label in data.Labels)
                counts[label]++;
            var starts = new long[counts.Length];
            for (int k = 1; k < starts.Length; k++)
                starts[k] = starts[k - 1] + counts[k - 1];
            _rows = Buffer("rows", Tensor.From(rows), persistent: false);
            _order = Buffer("order", Tensor.From(order), persistent: false);
            _starts = Buffer("starts", Tensor.From(starts), persistent: false);
            _counts = Buffer("counts", Tensor.From(counts), persistent: false);
            _others = Buffer("others", Tensor.From(Array.ConvertAll(counts, c => Count - c)), persistent: false);
        }

        public long Count { get; }

        public Tensor Student => _student;

        public Tensor Teacher => _teacher;

        /// <summary>Z of the student's scores; 0 until the first step.</summary>
        public Torch.Nn.Buffer StudentNormalizer { get; }

        public Torch.Nn.Buffer TeacherNormalizer { get; }

        public Tensor RowsOf(Tensor ids) => _rows.Value.IndexSelect(0, ids);

        /// <summary>The rows of one positive and so many negatives for each sample, [N, 1 + K]; the same step gives the
        /// same.</summary>
        public Tensor Candidates(Tensor rows, Tensor labels, int negatives, long step, bool relax)
        {
            // Drawn from the seed and the step alone, so that looking at a step changes nothing, and a resumed run goes on alike.
            _drawn ??= unchecked((ulong)_seed.Value.ToArray<long>()[0]);
            using var generator = new Generator(unchecked(_drawn.Value + (ulong)step * 0x9E3779B97F4A7C15));
            Tensor drawn = Ops.Randint(0, long.MaxValue, [rows.Size(0), negatives + 1], generator, DType.Int64).To(rows.Device);
            Tensor start = _starts.Value.IndexSelect(0, labels).Unsqueeze(1);
            Tensor own = _counts.Value.IndexSelect(0, labels).Unsqueeze(1);
            Tensor place = drawn.Narrow(1, 1, negatives).Remainder(_others.Value.IndexSelect(0, labels).Unsqueeze(1));
            place += place.Ge(start).To(DType.Int64) * own;                         // leaves the sample's own class out
            Tensor positive = relax
                ? _order.Value.IndexSelect(0, (drawn.Narrow(1, 0, 1).Remainder(own) + start).Flatten())
                : rows;
            Tensor others = _order.Value.IndexSelect(0, place.Flatten()).Reshape([rows.Size(0), negatives]);
            return Ops.Cat([positive.Unsqueeze(1), others], 1);
        }

        /// <summary>Z where it is fixed, else what these scores would fix it at.</summary>
        public Tensor Normalizer(Tensor known, Tensor scores) =>
            Ops.Where(known.Gt(0), known, scores.Detach().Mean().To(DType.Float32) * Count);

        public void Renew(Step step, double momentum)
        {
            using var scope = new TensorScope();
            using GradMode off = Autograd.NoGrad();
            StudentNormalizer.Value.CopyInPlace(step.StudentNormalizer);
            TeacherNormalizer.Value.CopyInPlace(step.TeacherNormalizer);
            Student.CopyInPlace(Updated(Student, step.Student, step.Rows, momentum));
            Teacher.CopyInPlace(Updated(Teacher, step.Teacher, step.Rows, momentum));
        }

        protected override Tensor Forward(Tensor input) =>
            throw new InvalidOperationException("Memory banks are read by row; they have no forward.");
    }

    [Golden("crd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor index = vector.Labels("index"), candidates = vector.Labels("contrast_index");
        Tensor student = Embed(vector, "student_feat", "param:embed_s"), teacher = Embed(vector, "teacher_feat", "param:embed_t");
        Tensor studentBank = vector["memory_v1_before"], teacherBank = vector["memory_v2_before"];
        double temperature = vector.Number("nce_t"), momentum = vector.Number("momentum"), epsilon = vector.Number("eps", Floor);
        long samples = vector.Integer("n_data");
        Tensor studentScores = Scores(student, teacherBank, candidates, temperature);
        Tensor teacherScores = Scores(teacher, studentBank, candidates, temperature);
        double studentZ = Normalizer(studentScores, samples), teacherZ = Normalizer(teacherScores, samples);
        Tensor first = Loss(studentScores, studentZ, samples, epsilon) + Loss(teacherScores, teacherZ, samples, epsilon);
        studentBank = Updated(studentBank, student, index, momentum);
        teacherBank = Updated(teacherBank, teacher, index, momentum);
        return new GoldenOutputs
        {
            ["loss"] = first,
            ["Z_v1"] = studentZ,
            ["Z_v2"] = teacherZ,
            ["memory_v1_after"] = studentBank,
            ["memory_v2_after"] = teacherBank,
            ["loss_second_call"] = Loss(Scores(student, teacherBank, candidates, temperature), studentZ, samples, epsilon)
                + Loss(Scores(teacher, studentBank, candidates, temperature), teacherZ, samples, epsilon),
        };
    }

    private static Tensor Embed(GoldenInputs vector, string feature, string layer)
    {
        Tensor embedding = Ops.Linear(vector[feature], vector[$"{layer}.linear.weight"], vector[$"{layer}.linear.bias"]);
        return embedding / embedding.Norm(p: 2, dim: 1, keepDim: true);
    }
}

/// <summary>What a recipe may write under <c>crd:</c>. Weight and sizes are the authors' on CIFAR-100.</summary>
public sealed record ContrastiveRepresentationOptions() : TapOptions(TapPath.LastFeature, weight: 0.8)
{
    /// <summary>K, negatives for each sample.</summary>
    [Range(1, 1 << 20)]
    public int Negatives { get; init; } = 16384;

    /// <summary>D, how wide the embeddings are.</summary>
    [Range(1, 65536)]
    public int Width { get; init; } = 128;

    /// <summary>τ.</summary>
    [Range(0, 100, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 0.07;

    /// <summary>m, how much of a bank's row stays when its sample is seen.</summary>
    [Range(0, 1)]
    public double Momentum { get; init; } = 0.5;

    /// <summary>Which samples count as a positive.</summary>
    public ContrastivePositive Positive { get; init; }
}
