using Retort.Methods.Relations;
using Retort.Torch;

namespace Retort.Tests.Methods.Relations;

public sealed class SingularVectorsTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    private static Tensor Map(ulong seed, params long[] shape) => Tensor.Randn(new Generator(seed), shape).To(DType.Float64);

    // Turning every position's sign turns each right singular vector's, or leaves it: the alignment takes the sign out.
    [Fact]
    public void The_sign_of_a_students_singular_vectors_does_not_matter()
    {
        Tensor[] student = [Map(1, 2, 3, 4, 5), Map(2, 2, 4, 2, 5)], teacher = [Map(3, 2, 6, 4, 5), Map(4, 2, 8, 2, 5)];
        double expected = SingularVectors.Loss(student, teacher).ToDouble();
        Assert.Equal(expected, SingularVectors.Loss([-student[0], student[1]], teacher).ToDouble(), 1e-9);
        Assert.Equal(expected, SingularVectors.Loss([student[0], -student[1]], teacher).ToDouble(), 1e-9);
        Assert.NotEqual(expected, SingularVectors.Loss([student[1].Repeat([1, 1, 2, 1]), student[1]], teacher).ToDouble(), 1e-6);
    }

    [Fact]
    public void Singular_values_that_meet_give_a_finite_gradient()
    {
        Tensor meeting = Ops.Eye(4, dtype: DType.Float64).Reshape([1, 1, 4, 4]).SetRequiresGrad();
        Tensor zero = Tensor.Zeros(DType.Float64, 1, 1, 4, 4).SetRequiresGrad();
        foreach (Tensor map in (Tensor[])[meeting, zero])
        {
            Tensor loss = SingularVectors.Loss([map, Map(5, 1, 2, 2, 4)], [Map(6, 1, 3, 4, 4), Map(7, 1, 3, 2, 4)]);
            Assert.True(double.IsFinite(loss.ToDouble()));
            Assert.True(Autograd.Grad(loss, [map])[0].Isfinite().All().ToBoolean());
        }
    }
}
