using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Retort.Recipes;

/// <summary>Writes nodes as YAML that reads back the same.</summary>
internal static class RecipeWriter
{
    private const int WidestFlow = 8;

    public static string Write(RecipeNode root)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(2, 130, false, 1024, false, true, "\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Write(root, emitter);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Write(RecipeNode node, Emitter emitter)
    {
        switch (node)
        {
            case RecipeScalar scalar:
                WriteScalar(scalar.Written ?? scalar.Text.Replace("${", "$${", StringComparison.Ordinal), scalar.Plain, emitter);
                break;
            case RecipeSequence list:
                bool flow = list.Items.Count <= WidestFlow && list.Items.TrueForAll(item => item is RecipeScalar);
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, flow ? SequenceStyle.Flow : SequenceStyle.Block));
                list.Items.ForEach(item => Write(item, emitter));
                emitter.Emit(new SequenceEnd());
                break;
            case RecipeMapping mapping:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, MappingStyle.Block));
                foreach (RecipeEntry entry in mapping.Entries)
                {
                    WriteScalar(entry.Key, entry.Key != "<<", emitter);
                    Write(entry.Value, emitter);
                }
                emitter.Emit(new MappingEnd());
                break;
        }
    }

    private static void WriteScalar(string text, bool plain, Emitter emitter) =>
        // A plain text that YAML cannot write plain (`a: b`) is quoted by the emitter, which makes it text: what it was anyway.
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted, plain, isQuotedImplicit: true));
}
