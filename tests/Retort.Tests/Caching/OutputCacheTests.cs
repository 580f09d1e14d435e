using Retort.Caching;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Caching;

[Collection("default generator")]
public sealed class OutputCacheTests
{
    private static readonly TransformOptions Crop = new RandomCropOptions { Padding = 2 };

    public static TheoryData<string> Augmentations => ["crop", "crop and mixup", "nothing"];

    [Theory, MemberData(nameof(Augmentations))]
    public void In_float32_the_answers_have_the_bits_of_the_teacher_asked_live(string augmentation)
    {
        using var fixture = new CacheFixture(Of(augmentation));
        int epochs = fixture.Data.IsConstant ? 1 : 2;
        var contents = new CacheContents { Half = false, Taps = [TapPath.LastFeature] };
        using OutputCache cache = fixture.Cache(contents, epochs);
        var cached = new CachedTeacher("teacher", cache, contents.Taps, Device.Cpu);
        Loader loader = fixture.Data.IsConstant ? fixture.Data.EachOnce(CacheFixture.Seed)
            : fixture.Data.Training(CacheFixture.Seed);
        int batches = 0;
        foreach ((Batch batch, RoleSignals live) in fixture.Asked(loader, epochs, TapPath.LastFeature))
        {
            RoleSignals found = cached.Run(batch);
            Assert.Equal(live.Logits.ToArray<float>(), found.Logits.ToArray<float>());
            Assert.Equal(live.Tap(TapPath.LastFeature).ToArray<float>(), found.Tap(TapPath.LastFeature).ToArray<float>());
            batches++;
        }

        Assert.Equal(epochs * loader.StepsPerEpoch, batches);
    }

    // Were the crop not replayed, answers to other crops would differ by far more: the control at the end.
    [Fact]
    public void In_float16_the_answers_are_as_near_as_11_bits_allow_and_those_of_another_epoch_are_not()
    {
        using var fixture = new CacheFixture(Crop);
        using OutputCache cache = fixture.Cache(new CacheContents(), epochs: 2);
        double near = 0, far = 0;
        foreach ((Batch batch, RoleSignals live) in fixture.Asked(fixture.Data.Training(CacheFixture.Seed), 2))
        {
            long[] ids = batch.Index.ToArray<long>();
            double scale = live.Logits.Abs().Max().ToDouble();
            near = Math.Max(near, Distance(live, cache.Answers("t", batch.Epoch, ids, Device.Cpu)) / scale);
            far = Math.Max(far, Distance(live, cache.Answers("t", 1 - batch.Epoch, ids, Device.Cpu)) / scale);
        }

        Assert.InRange(near, 1e-9, 1.0 / 2048);
        Assert.True(far > 20 * near, $"{far} against {near}");
    }

    [Fact]
    public void A_student_with_an_order_of_its_own_finds_the_answers_to_its_crops_again_and_again()
    {
        using var fixture = new CacheFixture(Crop);
        using OutputCache cache = fixture.Cache(new CacheContents { Half = false }, epochs: 2);
        var cached = new CachedTeacher("teacher", cache, [], Device.Cpu);
        Loader other = fixture.Data.Training(seed: 99, replay: new Replay { Seed = cache.Seed, Epochs = 2 });
        double worst = fixture.Asked(other, 4).Max(asked => Distance(asked.Live, cached.Run(asked.Batch)));
        Assert.InRange(worst, 0, 1e-5);
    }

    // Worked from the definition: log-softmax of the kept is the teacher's, and what is left is shared equally.
    [Fact]
    public void With_a_top_k_the_kept_classes_have_their_probabilities_and_the_others_share_the_rest()
    {
        using var fixture = new CacheFixture(Crop);
        using OutputCache cache = fixture.Cache(new CacheContents { TopK = 3, Half = false });
        (Batch batch, RoleSignals live) = fixture.Asked(fixture.Data.Training(CacheFixture.Seed), 1).First();
        float[] whole = live.Logits.Softmax(1).ToArray<float>();
        RoleSignals found = cache.Answers("t", 0, batch.Index.ToArray<long>(), Device.Cpu);
        Assert.Equal([24L, 36L], found.Logits.Shape);
        float[] kept = found.Logits.Softmax(1).ToArray<float>();
        for (int row = 0; row < 24; row++)
        {
            float[] p = whole[(row * 36)..(row * 36 + 36)], q = kept[(row * 36)..(row * 36 + 36)];
            int[] order = [.. Enumerable.Range(0, 36).OrderByDescending(k => p[k])];
            double rest = order.Skip(3).Sum(k => (double)p[k]) / 33;
            Assert.All(order.Take(3), k => Assert.Equal(p[k], q[k], 1e-5f));
            Assert.All(order.Skip(3), k => Assert.Equal(rest, q[k], 1e-5));
        }
    }

    [Fact]
    public void A_top_k_takes_the_room_that_is_said_before()
    {
        using var fixture = new CacheFixture(Crop);
        using var teacher = new FrozenTeacher(fixture.Teacher, []);
        long estimated = 0;
        OutputCacheWriter.Write(
            fixture.Job(new CacheContents { TopK = 3 }, teacher, epochs: 2) with { Estimated = bytes => estimated = bytes });
        const long row = 8 + (3 * 2) + (3 * 4) + 4;
        Assert.Equal(2 * 108 * row, estimated);
        Assert.InRange(new DirectoryInfo(fixture.Folder).GetFiles("*.safetensors").Sum(f => f.Length), estimated,
            estimated + 2000);
    }

    private static IReadOnlyList<TransformOptions> Of(string augmentation) => augmentation switch
    {
        "crop" => [Crop],
        "nothing" => [],
        _ => [Crop, new MixupOptions { Alpha = 1 }],
    };

    private static double Distance(RoleSignals a, RoleSignals b) => (a.Logits - b.Logits).Abs().Max().ToDouble();
}
