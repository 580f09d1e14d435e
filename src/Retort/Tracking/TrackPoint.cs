namespace Retort.Tracking;

/// <summary>The moment that figures belong to.</summary>
/// <param name="Stage">The stage's name in the recipe.</param>
/// <param name="Seed">The seed that is being run, or null outside the seeds.</param>
/// <param name="Step">Optimiser steps taken in this stage, from 0.</param>
/// <param name="Epoch">Passes over the data in this stage, with its fraction.</param>
/// <param name="WallSeconds">Seconds of computing in this stage, interruptions left out.</param>
public readonly record struct TrackPoint(string Stage, long? Seed, long Step, double Epoch, double WallSeconds);
