using Retort.Cli;

namespace Retort.Tests;

public sealed class ProgramTests
{
    [Fact]
    public void No_arguments_is_no_failure() => Assert.Equal(0, Program.Main([]));
}
