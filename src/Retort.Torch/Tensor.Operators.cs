namespace Retort.Torch;

public sealed partial class Tensor
{
    /// <summary>Element-wise sum, broadcast.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => Checked(left).Add(Checked(right));

    /// <summary>Adds a number to each element.</summary>
    public static Tensor operator +(Tensor left, double right) => Checked(left).Add(right);

    /// <summary>Adds a number to each element.</summary>
    public static Tensor operator +(double left, Tensor right) => Checked(right).Add(left);

    /// <summary>Element-wise difference, broadcast.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => Checked(left).Sub(Checked(right));

    /// <summary>Subtracts a number from each element.</summary>
    public static Tensor operator -(Tensor left, double right) => Checked(left).Sub(right);

    /// <summary>Subtracts each element from a number.</summary>
    public static Tensor operator -(double left, Tensor right) => Checked(right).Rsub(left);

    /// <summary>The negative of each element.</summary>
    public static Tensor operator -(Tensor value) => Checked(value).Neg();

    /// <summary>Element-wise product, broadcast.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => Checked(left).Mul(Checked(right));

    /// <summary>Multiplies each element by a number.</summary>
    public static Tensor operator *(Tensor left, double right) => Checked(left).Mul(right);

    /// <summary>Multiplies each element by a number.</summary>
    public static Tensor operator *(double left, Tensor right) => Checked(right).Mul(left);

    /// <summary>Element-wise quotient, broadcast; whole numbers are divided as real ones.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => Checked(left).Div(Checked(right));

    /// <summary>Divides each element by a number.</summary>
    public static Tensor operator /(Tensor left, double right) => Checked(left).Div(right);

    /// <summary>Divides a number by each element.</summary>
    public static Tensor operator /(double left, Tensor right) => Checked(right).Reciprocal().Mul(left);

    /// <summary>Whether each element is above a number.</summary>
    public static Tensor operator >(Tensor left, double right) => Checked(left).Gt(right);

    /// <summary>Whether each element is below a number.</summary>
    public static Tensor operator <(Tensor left, double right) => Checked(left).Lt(right);

    /// <summary>Whether each element is at least a number.</summary>
    public static Tensor operator >=(Tensor left, double right) => Checked(left).Ge(right);

    /// <summary>Whether each element is at most a number.</summary>
    public static Tensor operator <=(Tensor left, double right) => Checked(left).Le(right);

    /// <summary>The slice at that index of the first dimension.</summary>
    public Tensor this[long index] => Select(0, index);

    private static Tensor Checked(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor;
    }
}
