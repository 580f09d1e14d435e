using Retort.Data;
using Retort.Data.Sets;
using Retort.Evaluation.Tasks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class DetectionTaskTests
{
    private const int Kinds = 5, Bins = 8, Cells = 12;
    private static readonly Dataset Data = new ToyDetection { Train = 1, Test = 12 }.Load(string.Empty, "test");

    [Fact]
    public void A_model_that_knows_the_boxes_finds_all_of_them()
    {
        Dictionary<string, double> found = Evaluate(new Oracle(Data, 1));
        Assert.Equal(1, found["map"], 1e-9);
        Assert.Equal(1, found["ap50"], 1e-9);
        Assert.Contains("ap-diamond", found.Keys);
        Assert.Equal("map", Figures(new Oracle(Data, 1))[0].Key);
    }

    // Edges that lie 15 % of the way too far in leave an IoU of 0.85² = 0.7225.
    [Fact]
    public void Boxes_that_are_a_little_small_are_found_at_the_low_thresholds_alone()
    {
        Dictionary<string, double> found = Evaluate(new Oracle(Data, 0.85));
        Assert.Equal(1, found["ap50"], 1e-9);
        Assert.Equal(0, found["ap75"], 1e-9);
        Assert.Equal(0.5, found["map"], 1e-9);
    }

    [Fact]
    public void A_model_of_other_classes_is_refused()
    {
        using var scope = new TensorScope();
        using var model = new Oracle(Data, 1, classes: 4);
        ShapeException error = Assert.Throws<ShapeException>(() => new DetectionTask().Evaluate(model, Loader(), Device.Cpu));
        Assert.Contains("a detector's map for the data's 5 classes", error.Message, StringComparison.Ordinal);
    }

    private static Loader Loader() => new(Data, new LoaderOptions { BatchSize = 5 });

    private static Dictionary<string, double> Evaluate(Oracle model) => Figures(model).ToDictionary();

    private static IReadOnlyList<KeyValuePair<string, double>> Figures(Oracle model)
    {
        using var scope = new TensorScope();
        using (model)
            return new DetectionTask().Evaluate(model, Loader(), Device.Cpu);
    }

    /// <summary>Says at the cell nearest to each object's middle what is there, and nothing elsewhere.</summary>
    private sealed class Oracle(Dataset data, double scale, int classes = Kinds) : Module
    {
        private int _place;

        protected override Tensor Forward(Tensor input)
        {
            int count = (int)input.Size(0), channels = classes + (4 * Bins);
            float[] map = new float[count * channels * Cells * Cells];
            Array.Fill(map, -20);
            float[][] boxes = [.. data.Gather([.. Enumerable.Range(_place, count)])["boxes"].ToArray<float>().Chunk(5)];
            _place += count;
            int rows = boxes.Length / count;
            for (int k = 0; k < boxes.Length; k++)
            {
                float[] box = boxes[k];
                if (box[2] == 0)
                    continue;
                double x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2, half = scale * (box[2] - box[0]) / 2;
                int column = (int)(x / 4), row = (int)(y / 4);
                void Set(int channel, double value) =>
                    map[((((k / rows * channels) + channel) * Cells) + row) * Cells + column] = (float)value;
                Set((int)box[4] % classes, 5);
                double cx = (column + 0.5) * 4, cy = (row + 0.5) * 4;
                double[] distances = [cx - (x - half), cy - (y - half), x + half - cx, y + half - cy];
                for (int edge = 0; edge < 4; edge++)
                {
                    // Two neighbouring bins whose mean is the distance.
                    double bin = Math.Clamp(distances[edge] / 4, 0, Bins - 1.001);
                    int below = (int)bin;
                    Set(classes + (edge * Bins) + below, Math.Log(1 - (bin - below) + 1e-12));
                    Set(classes + (edge * Bins) + below + 1, Math.Log(bin - below + 1e-12));
                }
            }

            return Tensor.From(map, count, channels, Cells, Cells);
        }
    }
}
