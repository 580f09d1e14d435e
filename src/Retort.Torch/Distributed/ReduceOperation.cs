namespace Retort.Torch.Distributed;

/// <summary>How the tensors of all processes become one, element by element. The numbers are c10d's own.</summary>
public enum ReduceOperation
{
    /// <summary>Their sum.</summary>
    Sum = 0,

    /// <summary>Their mean; for floating-point types.</summary>
    Mean = 1,

    /// <summary>Their product.</summary>
    Product = 2,

    /// <summary>The smallest.</summary>
    Min = 3,

    /// <summary>The largest.</summary>
    Max = 4,
}
