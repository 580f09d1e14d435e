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
                SequenceStyle style = flow ? SequenceStyle.Flow : SequenceStyle.Block;
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, style));
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

    private static void WriteScalar(string text, bool plain, Emitter emitter)
    {
        // A reference must not end in single quotes, which keep it from being filled in. Other plain text that cannot stand plain
        // (`a: b`) is quoted by the emitter, which makes it text: what it was anyway.
        plain &= !text.Contains("${", StringComparison.Ordinal);
        ScalarStyle style = plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, plain, isQuotedImplicit: true));
    }
}
