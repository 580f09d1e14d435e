namespace Retort.Torch.Nn;

/// <summary>Looks rows of a table up by index.</summary>
/// <remarks>
/// <para>int64 […] → […, width]. Parameter: <c>weight</c> [count, width], normal with deviation 1; the padding row is zero and
/// receives no gradient.</para>
/// </remarks>
public sealed class Embedding : Module
{
    /// <summary>Creates the table with PyTorch's initial values.</summary>
    /// <param name="count">Rows of the table, the size of the vocabulary.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="paddingIndex">A row that stays zero, or null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the padding row is not in the table.</exception>
    public Embedding(long count, long width, long? paddingIndex = null)
    {
        Check.AtLeastOne(count);
        Check.AtLeastOne(width);
        if (paddingIndex is < 0 || paddingIndex >= count)
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), paddingIndex, $"Must be from 0 to {count - 1}.");
        PaddingIndex = paddingIndex;
        Tensor table = Init.Normal(Tensor.Empty(DType.Float32, count, width));
        if (paddingIndex is long row)
            Init.Constant(table.Select(0, row), 0);
        Weight = Parameter("weight", table);
    }

    /// <summary>The row that stays zero, or null for none.</summary>
    public long? PaddingIndex { get; }

    /// <summary>The table, [count, width].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Ops.Embedding(Weight, input, PaddingIndex ?? -1);
}
