namespace Retort.Comparison;

/// <summary>How a search spends its budget.</summary>
public enum SearchStrategy
{
    /// <summary>Every setting is trained to the end (Bergstra and Bengio, JMLR 13, 2012).</summary>
    Random,

    /// <summary>Many settings are trained for a part of the epochs, and the better third goes on, from the start, with three
    /// times as
    /// many (successive halving: Jamieson and Talwalkar, AISTATS 2016, arXiv:1502.07943).</summary>
    Halving,
}
