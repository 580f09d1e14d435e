using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Retort.Torch.Interop;

/// <summary>Tags of <see cref="NativeValue"/>; the same numbers as <c>RtTag</c> in native/retort.h.</summary>
internal enum Tag
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    TensorList = 6,
    String = 7,
    DoubleList = 8,
    BoolList = 9,
    Device = 10,
    Generator = 11,
    Default = 12,
    Object = 13,
}

/// <summary>One argument or result of the boxed dispatcher; the layout of <c>RtValue</c> in native/retort.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct NativeValue
{
    [FieldOffset(0)]
    public Tag Tag;

    [FieldOffset(8)]
    public long Integer;

    [FieldOffset(8)]
    public double Number;

    [FieldOffset(8)]
    public void* Pointer;

    [FieldOffset(16)]
    public long Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(Tensor tensor)
    {
        Tag = Tag.Tensor;
        Pointer = (void*)tensor.Handle;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetOptional(Tensor? tensor)
    {
        if (tensor is null)
            Tag = Tag.None;
        else
            Set(tensor);
    }

    public void Set(long value)
    {
        Tag = Tag.Int;
        Integer = value;
    }

    public void Set(double value)
    {
        Tag = Tag.Double;
        Number = value;
    }

    public void Set(bool value)
    {
        Tag = Tag.Bool;
        Integer = value ? 1 : 0;
    }

    public void Set(Scalar value)
    {
        Tag = value.IsFloatingPoint ? Tag.Double : Tag.Int;
        Integer = value.Bits;
    }

    public void Set(DType value) => Set((long)value);

    public void Set(MemoryFormat value) => Set((long)value);

    public void Set(Device value)
    {
        Tag = Tag.Device;
        Integer = (long)value.Type;
        Length = value.Index;
    }

    public void SetOptional(long? value)
    {
        if (value is long number)
            Set(number);
        else
            Tag = Tag.None;
    }

    public void SetOptional(double? value)
    {
        if (value is double number)
            Set(number);
        else
            Tag = Tag.None;
    }

    public void SetOptional(bool? value)
    {
        if (value is bool flag)
            Set(flag);
        else
            Tag = Tag.None;
    }

    public void SetOptional(Scalar? value)
    {
        if (value is Scalar number)
            Set(number);
        else
            Tag = Tag.None;
    }

    public void SetOptional(DType? value)
    {
        if (value is DType dtype)
            Set(dtype);
        else
            Tag = Tag.None;
    }

    public void SetOptional(MemoryFormat? value)
    {
        if (value is MemoryFormat format)
            Set(format);
        else
            Tag = Tag.None;
    }

    public void SetOptional(Device? value)
    {
        if (value is Device device)
            Set(device);
        else
            Tag = Tag.None;
    }

    public void SetOptional(Generator? value)
    {
        if (value is null)
        {
            Tag = Tag.None;
            return;
        }

        Tag = Tag.Generator;
        Pointer = (void*)value.Handle;
    }

    public void Set(NativeObject value)
    {
        Tag = Tag.Object;
        Pointer = (void*)value.Handle;
    }

    public void SetDefault() => Tag = Tag.Default;

    public void SetNone() => Tag = Tag.None;

    /// <summary>An integer list at <paramref name="first"/>; a list that the caller left out becomes
    /// <paramref name="absent"/>.</summary>
    public void Set(in Sizes sizes, long* first, Tag absent = Tag.Default)
    {
        if (sizes.IsAbsent)
        {
            Tag = absent;
            return;
        }

        Tag = Tag.IntList;
        Pointer = first;
        Length = sizes.Count;
    }

    public void SetList(Tag tag, void* first, int count)
    {
        Tag = tag;
        Pointer = first;
        Length = count;
    }
}
