using Retort.Torch;
using Retort.Torch.Nn;
using Buffer = Retort.Torch.Nn.Buffer;

namespace Retort.Methods;

/// <summary>A row of numbers for each training sample, or each class, that goes into checkpoints with what a criterion
/// owns.</summary>
internal sealed class SampleStore : Module
{
    private readonly Buffer _rows;

    /// <summary>Creates a store whose rows are zeros.</summary>
    public SampleStore(long count, long width) => _rows = Buffer("rows", Tensor.Zeros(count, width));

    /// <summary>All rows, [n, D].</summary>
    public Tensor Rows => _rows.Value;

    /// <summary>Puts rows in the places of others.</summary>
    /// <param name="index">Places, [N] int64.</param>
    /// <param name="rows">[N, D].</param>
    public void Write(Tensor index, Tensor rows) => Rows.IndexPutInPlace([index], rows.Detach().To(Rows.DType));

    /// <summary>The rows of some places: [N] int64 → [N, D].</summary>
    protected override Tensor Forward(Tensor input) => Rows.IndexSelect(0, input);
}
