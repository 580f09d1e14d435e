namespace Retort.Tracking;

/// <summary>
/// TensorBoard's <c>Event</c> messages. Field numbers are those of its <c>event.proto</c> and <c>summary.proto</c>.
/// </summary>
internal static class EventMessage
{
    private const int Buckets = 40;

    public static byte[] FileVersion(double wallTime) => Event(wallTime, 0, e => e.Text(3, "brain.Event:2"));

    public static byte[] SessionStart(double wallTime, long step) =>
        Event(wallTime, step, e => e.Message(7, log => log.Integer(1, 1)));

    public static byte[] Scalars(double wallTime, long step, ReadOnlySpan<Metric> values)
    {
        var summary = new ProtoWriter();
        foreach (Metric metric in values)
        {
            summary.Message(1, value =>
            {
                value.Text(1, metric.Name);
                value.Float(2, (float)metric.Value);
            });
        }

        return Event(wallTime, step, e => e.Bytes(5, summary.Written));
    }

    public static byte[] Text(double wallTime, long step, string name, string text) =>
        Event(wallTime, step, e => e.Message(5, summary => summary.Message(1, value =>
        {
            value.Text(1, name);
            value.Message(8, tensor =>
            {
                tensor.Integer(1, 7);                                                   // dtype: DT_STRING
                tensor.Message(2, shape => shape.Message(2, dim => dim.Integer(1, 1)));
                tensor.Text(8, text);
            });
            value.Message(9, metadata =>
            {
                metadata.Message(1, plugin => plugin.Text(1, "text"));
                metadata.Integer(4, 2);                                                 // data_class: DATA_CLASS_TENSOR
            });
        })));

    public static byte[] Histogram(double wallTime, long step, string name, ReadOnlySpan<float> values)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity, sum = 0, squares = 0;
        long count = 0;
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                continue;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
            sum += value;
            squares += (double)value * value;
            count++;
        }

        if (count == 0)
            least = most = 0;
        double width = most > least ? (most - least) / Buckets : 1.0 / Buckets;
        var limits = new double[Buckets];
        var counts = new double[Buckets];
        for (int b = 0; b < Buckets; b++)
            limits[b] = least + width * (b + 1);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
                counts[Math.Clamp((int)((value - least) / width), 0, Buckets - 1)]++;
        }

        return Event(wallTime, step, e => e.Message(5, summary => summary.Message(1, value =>
        {
            value.Text(1, name);
            value.Message(5, histogram =>
            {
                histogram.Double(1, least);
                histogram.Double(2, most);
                histogram.Double(3, count);
                histogram.Double(4, sum);
                histogram.Double(5, squares);
                histogram.PackedDoubles(6, limits);
                histogram.PackedDoubles(7, counts);
            });
        })));
    }

    private static byte[] Event(double wallTime, long step, Action<ProtoWriter> what)
    {
        var writer = new ProtoWriter();
        writer.Double(1, wallTime);
        writer.Integer(2, step);
        what(writer);
        return writer.Written.ToArray();
    }
}
