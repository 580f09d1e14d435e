namespace Retort.Evaluation;

/// <summary>How closely a student follows its teacher on the same samples.</summary>
public sealed record Agreement
{
    /// <summary>N, undefined rows included.</summary>
    public required long Samples { get; init; }

    /// <summary>Rows where the softmax of either has no value. They count as disagreement.</summary>
    public required long UndefinedRows { get; init; }

    /// <summary>Share of rows where both predict the same class, right or wrong, in 0 … 1. NaN for an empty split.</summary>
    public required double Top1 { get; init; }

    /// <summary>
    /// Mean KL(teacher ‖ student) in nats at temperature 1. Infinite where the student rules out what the teacher does
    /// not; NaN where a row is undefined.
    /// </summary>
    public required double MeanKl { get; init; }

    /// <summary>Compares two models' logits.</summary>
    /// <param name="student">[N, <paramref name="classes"/>], row-major.</param>
    /// <param name="teacher">The same shape.</param>
    /// <param name="classes">K, at least 1.</param>
    /// <exception cref="ArgumentException">The lengths differ or hold no whole number of rows.</exception>
    public static Agreement Between(ReadOnlySpan<float> student, ReadOnlySpan<float> teacher, int classes)
    {
        int rows = RequirePair(student, teacher, classes);
        long agreed = 0, undefined = 0;
        double kl = 0;
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> studentRow = student.Slice(i * classes, classes);
            ReadOnlySpan<float> teacherRow = teacher.Slice(i * classes, classes);
            LogitRow s = LogitRow.Read(studentRow), t = LogitRow.Read(teacherRow);
            if (!s.IsDefined || !t.IsDefined)
            {
                undefined++;
                continue;
            }

            agreed += s.Prediction == t.Prediction ? 1 : 0;
            kl += Kl(teacherRow, t.LogNormalizer, studentRow, s.LogNormalizer);
        }

        return new Agreement
        {
            Samples = rows,
            UndefinedRows = undefined,
            Top1 = rows == 0 ? double.NaN : (double)agreed / rows,
            MeanKl = rows == 0 || undefined > 0 ? double.NaN : kl / rows,
        };
    }

    /// <summary>
    /// The samples on which student and teacher predict different classes, largest KL(teacher ‖ student) first.
    /// </summary>
    /// <param name="student">[N, <paramref name="classes"/>], row-major.</param>
    /// <param name="teacher">The same shape.</param>
    /// <param name="labels">[N], each in 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">K, at least 1.</param>
    /// <param name="count">How many to return at most.</param>
    /// <remarks>Undefined rows are left out. Equal divergences keep the samples' order.</remarks>
    public static IReadOnlyList<Disagreement> Disagreements(
        ReadOnlySpan<float> student, ReadOnlySpan<float> teacher, ReadOnlySpan<long> labels, int classes, int count)
    {
        int rows = RequirePair(student, teacher, classes);
        Classification.RequireRows(student.Length, labels.Length, classes, nameof(student));
        Classification.RequireLabels(labels, classes);
        var found = new List<Disagreement>();
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> studentRow = student.Slice(i * classes, classes);
            ReadOnlySpan<float> teacherRow = teacher.Slice(i * classes, classes);
            LogitRow s = LogitRow.Read(studentRow), t = LogitRow.Read(teacherRow);
            if (!s.IsDefined || !t.IsDefined || s.Prediction == t.Prediction)
                continue;
            found.Add(new Disagreement
            {
                Sample = i,
                Label = (int)labels[i],
                StudentPrediction = s.Prediction,
                StudentConfidence = Math.Exp(studentRow[s.Prediction] - s.LogNormalizer),
                TeacherPrediction = t.Prediction,
                TeacherConfidence = Math.Exp(teacherRow[t.Prediction] - t.LogNormalizer),
                Kl = Kl(teacherRow, t.LogNormalizer, studentRow, s.LogNormalizer),
            });
        }

        return [.. found.OrderByDescending(d => d.Kl).Take(count)];
    }

    private static double Kl(
        ReadOnlySpan<float> teacher, double teacherNormalizer, ReadOnlySpan<float> student, double studentNormalizer)
    {
        double sum = 0;
        for (int k = 0; k < teacher.Length; k++)
        {
            double logTeacher = teacher[k] - teacherNormalizer;
            double probability = Math.Exp(logTeacher);

            // p·log p tends to 0; computed, it would be 0 · −∞ = NaN.
            if (probability > 0)
                sum += probability * (logTeacher - (student[k] - studentNormalizer));
        }

        return sum;
    }

    private static int RequirePair(ReadOnlySpan<float> student, ReadOnlySpan<float> teacher, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (student.Length != teacher.Length)
        {
            throw new ArgumentException(
                $"'student' has {student.Length} values and 'teacher' {teacher.Length}; they must match.", nameof(teacher));
        }

        int rows = student.Length / classes;
        Classification.RequireRows(student.Length, rows, classes, nameof(student));
        return rows;
    }
}
