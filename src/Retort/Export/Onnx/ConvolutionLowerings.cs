namespace Retort.Export.Onnx;

/// <summary>Convolutions of one, two and three dimensions, also transposed.</summary>
internal static class ConvolutionLowerings
{
    public static void Register(LoweringTable table)
    {
        // (input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, …)
        table.Add(["aten::_convolution", "aten::convolution"], c => Convolve(c, new Arguments
        {
            Stride = 3,
            Padding = 4,
            Dilation = 5,
            Groups = 8,
            OutputPadding = 7,
            Transposed = c.Flag(6),
        }));
        // (input, weight, bias, stride, padding, dilation, groups); the padding may be a word.
        table.Add(
            ["aten::_convolution_mode", "aten::conv1d", "aten::conv2d", "aten::conv3d"],
            c => Convolve(c, new Arguments { Stride = 3, Padding = 4, Dilation = 5, Groups = 6 }));
        // (input, weight, bias, stride, padding, output_padding, groups, dilation)
        table.Add(["aten::conv_transpose1d", "aten::conv_transpose2d", "aten::conv_transpose3d"], c => Convolve(c, new Arguments
        {
            Stride = 3,
            Padding = 4,
            OutputPadding = 5,
            Groups = 6,
            Dilation = 7,
            Transposed = true,
        }));
    }

    private static OnnxValue Convolve(OperatorCall call, Arguments at)
    {
        OnnxValue input = call.Value(0), weight = call.Value(1);
        int spatial = weight.Rank - 2;
        if (input.Rank != weight.Rank)
            throw call.Fail("its input must have a batch dimension");
        long[] kernel = [.. weight.Shape.Skip(2).Select(call.Constant)];
        long[] dilation = call.Spread(at.Dilation, spatial, 1);
        (long[] before, long[] after) = Padding(call, at, kernel, dilation);
        List<(string Name, object Value)> attributes =
        [
            ("kernel_shape", kernel), ("strides", call.Spread(at.Stride, spatial, 1)), ("dilations", dilation),
            ("pads", (long[])[.. before, .. after]), ("group", call.Long(at.Groups, 1)),
        ];
        if (at.Transposed)
            attributes.Add(("output_padding", call.Spread(at.OutputPadding, spatial, 0)));
        return call.Graph.Emit(
            at.Transposed ? "ConvTranspose" : "Conv", [input, weight, call.OptionalTensor(2)], call.DType, call.Shape,
            [.. attributes]);
    }

    private static (long[] Before, long[] After) Padding(OperatorCall call, Arguments at, long[] kernel, long[] dilation)
    {
        if (call[at.Padding] is not string word)
        {
            long[] both = call.Spread(at.Padding, kernel.Length, 0);
            return (both, both);
        }
        if (word != "same")
            return (new long[kernel.Length], new long[kernel.Length]);
        // Where the total is odd, PyTorch puts the greater part behind.
        long[] total = [.. kernel.Select((size, k) => dilation[k] * (size - 1))];
        return ([.. total.Select(t => t / 2)], [.. total.Select(t => t - t / 2)]);
    }

    private sealed record Arguments
    {
        public required int Stride { get; init; }

        public required int Padding { get; init; }

        public required int Dilation { get; init; }

        public required int Groups { get; init; }

        public int OutputPadding { get; init; } = int.MaxValue;

        public bool Transposed { get; init; }
    }
}
