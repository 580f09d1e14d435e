using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>ShuffleNetV2: half the channels pass by, half are convolved, and then they are mixed.</summary>
/// <remarks>
/// <para>Ma et al., ECCV 2018, arXiv:1807.11164, table 5.</para>
/// <para>[N, C, H, W] → [N, classes]; any H and W, 224 being usual.</para>
/// <para>Parameters carry torchvision's names: <c>conv1.0.weight</c>, <c>stage2.0.branch1.0.weight</c>, …, <c>conv5</c>,
/// <c>fc</c>.</para>
/// </remarks>
public sealed class ShuffleNetV2 : Sequential, IHasFeatures
{
    internal ShuffleNetV2(ShuffleNetV2Options options)
    {
        int channels = options.Channels[0], last = options.Channels[4];
        Add("conv1", new Sequential(
            new Conv2d(options.InChannels, channels, kernel: 3, stride: options.SmallInput ? 1 : 2, padding: 1, bias: false),
            new BatchNorm2d(channels), new Relu()));
        Add("maxpool", options.SmallInput ? new Identity() : new MaxPool2d(3, stride: 2, padding: 1));
        for (int stage = 0; stage < 3; stage++)
        {
            int before = channels, next = options.Channels[stage + 1];
            Add($"stage{stage + 2}", new Sequential(Enumerable.Range(0, options.Blocks[stage]).Select<int, Module>(
                block => block == 0 ? new HalvingBlock(before, next) : new SplitBlock(next))));
            channels = next;
        }
        Add("conv5", new Sequential(new Conv2d(channels, last, kernel: 1, bias: false), new BatchNorm2d(last), new Relu()));
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        Add("fc", new Linear(last, options.Classes));
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["stage2", "stage3", "stage4"];

    /// <inheritdoc/>
    public string Head => "fc";

    private static Sequential Convolved(int inChannels, int half, int stride) => new(
        new Conv2d(inChannels, half, kernel: 1, bias: false), new BatchNorm2d(half), new Relu(),
        new Conv2d(half, half, kernel: 3, stride: stride, padding: 1, groups: half, bias: false), new BatchNorm2d(half),
        new Conv2d(half, half, kernel: 1, bias: false), new BatchNorm2d(half), new Relu());

    // Channels 0 … C−1 of two halves become 0, C/2, 1, C/2 + 1, …; the batch is the -1, so that a traced graph accepts any.
    private static Tensor Shuffle(Tensor x)
    {
        long channels = x.Size(1), height = x.Size(2), width = x.Size(3);
        return x.Reshape([-1, 2, channels / 2, height, width]).Transpose(1, 2).Reshape([-1, channels, height, width]);
    }

    private sealed class HalvingBlock : Module
    {
        private readonly Module _branch1;
        private readonly Module _branch2;

        public HalvingBlock(int inChannels, int channels)
        {
            int half = channels / 2;
            _branch1 = Child("branch1", new Sequential(
                new Conv2d(inChannels, inChannels, kernel: 3, stride: 2, padding: 1, groups: inChannels, bias: false),
                new BatchNorm2d(inChannels), new Conv2d(inChannels, half, kernel: 1, bias: false), new BatchNorm2d(half),
                new Relu()));
            _branch2 = Child("branch2", Convolved(inChannels, half, stride: 2));
        }

        protected override Tensor Forward(Tensor input) =>
            Shuffle(Ops.Cat([_branch1.Call(input), _branch2.Call(input)], 1));
    }

    private sealed class SplitBlock : Module
    {
        private readonly Module _branch2;

        public SplitBlock(int channels)
        {
            _branch2 = Child("branch2", Convolved(channels / 2, channels / 2, stride: 1));
        }

        protected override Tensor Forward(Tensor input)
        {
            Tensor[] halves = input.Chunk(2, 1);
            return Shuffle(Ops.Cat([halves[0], _branch2.Call(halves[1])], 1));
        }
    }
}

/// <summary>What a recipe may give a ShuffleNetV2.</summary>
public sealed record ShuffleNetV2Options : ModelOptions
{
    /// <summary>Blocks of each of the three stages.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [4, 8, 4];

    /// <summary>Channels of the stem, of the three stages (even numbers) and of the last convolution.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [24, 116, 232, 464, 1024];

    /// <summary>A stem without stride or pooling, for images of about 32 × 32.</summary>
    public bool SmallInput { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("shufflenet-v2-x0-5")]
    [Model("shufflenet-v2-x1-0")]
    [Model("shufflenet-v2-x1-5")]
    [Model("shufflenet-v2-x2-0")]
    public static ShuffleNetV2Options Named(string name) => new()
    {
        Channels = name["shufflenet-v2-".Length..] switch
        {
            "x0-5" => [24, 48, 96, 192, 1024],
            "x1-0" => [24, 116, 232, 464, 1024],
            "x1-5" => [24, 176, 352, 704, 1024],
            _ => [24, 244, 488, 976, 2048],
        },
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireCount(Blocks, 3, nameof(Blocks));
        RequireCount(Channels, 5, nameof(Channels));
        for (int stage = 1; stage < 4; stage++)
            RequireEven(Channels[stage], nameof(Channels));
    }

    /// <inheritdoc/>
    protected override Module Create() => new ShuffleNetV2(this);
}
