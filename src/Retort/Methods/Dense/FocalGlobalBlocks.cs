using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Dense;

/// <summary>What <c>fgd</c> trains beside the student: a projector, and a context block for each role.</summary>
/// <remarks>
/// <para>A context block: F + W2(ReLU(LN(W1 Σ_i softmax_i(w · F_i) F_i))), [N, C, H, W] → the same shape; the bottleneck has
/// C / 2 channels. W2 begins at 0, so the block begins as the identity.</para>
/// <para>Parameters: <c>align.*</c> where channels differ, and with s or t for the role, <c>conv_mask_s.*</c>,
/// <c>channel_add_conv_s.0.*</c> (W1), <c>.1.*</c> (LN), <c>.3.*</c> (W2).</para>
/// </remarks>
public sealed class FocalGlobalBlocks : Module
{
    private readonly Conv2d? _align;
    private readonly Conv2d _studentMask;
    private readonly Conv2d _teacherMask;
    private readonly Sequential _studentAdd;
    private readonly Sequential _teacherAdd;

    /// <summary>Creates the blocks for maps of so many channels.</summary>
    /// <param name="studentChannels">Channels of the student's map.</param>
    /// <param name="teacherChannels">C, channels of the teacher's map.</param>
    public FocalGlobalBlocks(long studentChannels, long teacherChannels)
    {
        if (studentChannels != teacherChannels)
            _align = Child("align", new Conv2d(studentChannels, teacherChannels, 1));
        _studentMask = Child("conv_mask_s", Mask(teacherChannels));
        _teacherMask = Child("conv_mask_t", Mask(teacherChannels));
        _studentAdd = Child("channel_add_conv_s", Bottleneck(teacherChannels));
        _teacherAdd = Child("channel_add_conv_t", Bottleneck(teacherChannels));
    }

    /// <summary>The student's map in the teacher's channels: [N, C′, H, W] → [N, C, H, W].</summary>
    public Tensor Align(Tensor student) => _align?.Call(student) ?? student;

    /// <summary>The student's map with its context, [N, C, H, W].</summary>
    public Tensor StudentContext(Tensor map) => Context(map, _studentMask, _studentAdd);

    /// <summary>The teacher's map with its context, [N, C, H, W].</summary>
    public Tensor TeacherContext(Tensor map) => Context(map, _teacherMask, _teacherAdd);

    /// <summary>The aligned student map with its context: [N, C′, H, W] → [N, C, H, W].</summary>
    protected override Tensor Forward(Tensor input) => StudentContext(Align(input));

    private static Tensor Context(Tensor map, Conv2d mask, Sequential add)
    {
        Shapes.RequireDimensions(map, 4);
        Tensor share = mask.Call(map).Flatten(2).Softmax(2);                         // [N, 1, M]
        Tensor context = map.Flatten(2).Bmm(share.Transpose(1, 2)).Unsqueeze(3);     // [N, C, 1, 1]
        return map + add.Call(context);
    }

    private static Conv2d Mask(long channels)
    {
        var mask = new Conv2d(channels, 1, 1);
        Init.KaimingNormal(mask.Weight.Value);
        Init.Constant(mask.Bias!.Value, 0);
        return mask;
    }

    private static Sequential Bottleneck(long channels)
    {
        long inner = Math.Max(1, channels / 2);
        var last = new Conv2d(inner, channels, 1);
        Init.Constant(last.Weight.Value, 0);
        Init.Constant(last.Bias!.Value, 0);
        return new Sequential(new Conv2d(channels, inner, 1), new LayerNorm([inner, 1, 1]), new Relu(), last);
    }
}
