using Retort.Data.Images;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Runs;

public sealed class PicturesTests
{
    // Three pictures of one row and two pixels, two in a row: the fourth place, and two pixels beside and below each, are white.
    [Fact]
    public void A_sheet_lays_pictures_out_row_by_row()
    {
        using var scope = new TensorScope();
        Tensor pictures = Tensor.From(new float[] { 0, 0.2f, 0.4f, 0.6f, -3, 0.8f }, 3, 1, 1, 2);
        Image sheet = ImageFile.Decode(Pictures.Sheet(pictures, 2), "sheet");
        Assert.Equal((8, 6, 1), (sheet.Width, sheet.Height, sheet.Channels));
        Assert.Equal([0, 51, 255, 255, 102, 153, 255, 255], sheet.Pixels[..8]);
        Assert.Equal([0, 204, 255, 255, 255, 255, 255, 255], sheet.Pixels[24..32]);
        Assert.All(sheet.Pixels[8..24], value => Assert.Equal(255, value));
    }

    [Fact]
    public void The_channels_of_a_colour_stay_together()
    {
        using var scope = new TensorScope();
        Tensor picture = Tensor.From(new float[] { 1, 0, 0.2f, 0.4f, 0, 1 }, 1, 3, 1, 2);
        Image sheet = ImageFile.Decode(Pictures.Sheet(picture, 1), "sheet");
        Assert.Equal([255, 51, 0, 0, 102, 255], sheet.Pixels[..6]);
    }

    [Theory]
    [InlineData(2, 2, 4, 4)]
    [InlineData(0, 1, 4, 4)]
    public void What_is_no_picture_has_no_sheet(long count, long channels, long height, long width)
    {
        using var scope = new TensorScope();
        Assert.Empty(Pictures.Sheet(Tensor.Zeros(count, channels, height, width), 2));
    }
}
