namespace Retort.Data.Downloads;

/// <summary>The public data sets that can be fetched by name: the one that recipes write after <c>dataset:</c>.</summary>
public static class DatasetCatalogue
{
    private const string ResearchUse = "none stated; free for research with citation";

    /// <summary>All of them, by name in ordinal order.</summary>
    public static IReadOnlyList<PublicDataset> All { get; } =
    [
        new("cifar10", "60,000 colour pictures of 10 things, 32 × 32", ResearchUse,
            new("https://www.cs.toronto.edu/~kriz/cifar.html"),
            [Cifar("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530")],
            [.. Enumerable.Range(1, 5).Select(n => $"data_batch_{n}.bin"), "test_batch.bin", "batches.meta.txt"]),
        new("cifar100", "60,000 colour pictures of 100 things, 32 × 32", ResearchUse,
            new("https://www.cs.toronto.edu/~kriz/cifar.html"),
            [Cifar("cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8")],
            ["train.bin", "test.bin", "coarse_label_names.txt", "fine_label_names.txt"]),
        new("fashion-mnist", "70,000 grey pictures of 10 kinds of clothes, 28 × 28", "MIT",
            new("https://github.com/zalandoresearch/fashion-mnist"),
            [
                Fashion("train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    26_421_880),
                Fashion("train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515),
                Fashion("t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    4_422_102),
                Fashion("t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148),
            ],
            []),
        new("mnist", "70,000 grey pictures of handwritten digits, 28 × 28", "CC BY-SA 3.0",
            new("http://yann.lecun.com/exdb/mnist/"),
            [
                Mnist("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
                Mnist("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881),
                Mnist("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877),
                Mnist("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542),
            ],
            []),
    ];

    /// <summary>The set of that name, or null where there is none. People write <c>cifar-10</c> and <c>cifar10</c>: hyphens and
    /// case do not count.</summary>
    public static PublicDataset? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(set => Plain(set.Name) == Plain(name));
    }

    private static string Plain(string name) => name.Replace("-", string.Empty, StringComparison.Ordinal).ToUpperInvariant();

    private static PublicFile Cifar(string name, string md5) =>
        new(name, [new($"https://www.cs.toronto.edu/~kriz/{name}")], ChecksumKind.Md5, md5);

    private static PublicFile Fashion(string name, string sha256, long bytes) => new(
        name,
        [
            new($"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}"),
            new($"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/{name}"),
        ],
        ChecksumKind.Sha256, sha256, bytes);

    private static PublicFile Mnist(string name, string md5, long bytes) => new(
        name,
        [
            new($"https://ossci-datasets.s3.amazonaws.com/mnist/{name}"),
            new($"https://storage.googleapis.com/cvdf-datasets/mnist/{name}"),
        ],
        ChecksumKind.Md5, md5, bytes);
}
