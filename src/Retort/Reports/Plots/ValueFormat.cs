namespace Retort.Reports.Plots;

/// <summary>How an axis or a label writes its values.</summary>
public enum ValueFormat
{
    /// <summary>As it is: 0.25, 1,200.</summary>
    Number,

    /// <summary>A fraction as a percentage: 0.25 is 25 %.</summary>
    Percent,

    /// <summary>With a metric prefix: 270,000 is 270 k.</summary>
    Compact,
}
