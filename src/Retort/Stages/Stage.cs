using Retort.Runs;

namespace Retort.Stages;

/// <summary>Something that a recipe can do. It reads what earlier stages left in the run's folder and leaves its own result
/// there.</summary>
/// <param name="options">What the recipe says.</param>
public abstract class Stage(StageOptions options)
{
    /// <summary>What the recipe says.</summary>
    public StageOptions Options { get; } = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>The file in its folder where a stage leaves data that it made or chose; see <c>SampleFile</c>.</summary>
    public const string DataFile = "data.safetensors";

    /// <summary>Whether it leaves data that later stages may train on.</summary>
    public virtual bool LeavesData => false;

    /// <summary>The networks whose weights this stage leaves.</summary>
    public virtual IReadOnlyList<StageModel> Models => [];

    /// <summary>Whether the first seed's result serves all seeds.</summary>
    public virtual bool OncePerRun => false;

    /// <summary>Names of the stages or roles whose weights or results it reads.</summary>
    public virtual IEnumerable<string> Reads => [];

    /// <summary>Roles whose networks it makes afresh.</summary>
    public virtual IEnumerable<string> UsesRoles => [];

    /// <summary>Names of the files that it leaves in its folder, for explanations; nothing where they are not known
    /// before.</summary>
    public virtual IEnumerable<string> Writes => [];

    /// <summary>Reports what is wrong with the options, given the rest of the recipe; nothing has been run yet.</summary>
    public virtual void Check(RecipePlan plan)
    {
    }

    /// <summary>Reports what of the options does not go with the data that the stage works on; nothing has been run
    /// yet.</summary>
    /// <param name="plan">Where to report.</param>
    /// <param name="data">The stage's own data, or the recipe's.</param>
    public virtual void Check(RecipePlan plan, DataProvider data)
    {
    }

    /// <summary>Does the work for one seed. It must leave nothing half-written, and save before it honours
    /// a cancellation.</summary>
    public abstract void Run(StageContext context);
}
