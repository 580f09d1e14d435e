using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Retort.Registry;

/// <summary>Reads the documentation comments of types and properties from the XML files beside their assemblies.</summary>
/// <remarks>The catalogue of methods and the schema of recipes share it, so the docs of a method are written once. Files are
/// read when first asked for. Where there is no file, or no comment, there is no text: null or an empty list, never an
/// error.</remarks>
public static partial class XmlDocs
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> Files = new();

    /// <summary>The summary of a type as one line of text, or null.</summary>
    public static string? Summary(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Text(Member(type)?.Element("summary"));
    }

    /// <summary>The summary of a property as one line of text, or null; an inherited one where it says
    /// <c>inheritdoc</c>.</summary>
    public static string? Summary(PropertyInfo property)
    {
        ArgumentNullException.ThrowIfNull(property);
        for (Type? type = property.DeclaringType; type is not null; type = type.BaseType)
        {
            if (Find(type.Assembly, $"P:{IdOf(type)}.{property.Name}") is { } member && member.Element("inheritdoc") is null)
                return Text(member.Element("summary"));
        }
        return null;
    }

    /// <summary>The summary of an enum's value as one line of text, or null.</summary>
    public static string? Summary(Type type, string field)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Text(Find(type.Assembly, $"F:{IdOf(type)}.{field}")?.Element("summary"));
    }

    /// <summary>The paragraphs of a type's remarks, each with the word that it opens with in bold (<c>Paper</c>,
    /// <c>Equation</c>).</summary>
    public static IReadOnlyList<DocParagraph> Remarks(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (Member(type)?.Element("remarks") is not { } remarks)
            return [];
        IEnumerable<XElement> paragraphs = remarks.Elements("para").Any() ? remarks.Elements("para") : [remarks];
        return [.. paragraphs.Select(Paragraph).Where(paragraph => paragraph.Text.Length > 0)];
    }

    private static DocParagraph Paragraph(XElement element)
    {
        XNode? first = element.Nodes().FirstOrDefault(node => node is not XText text || !string.IsNullOrWhiteSpace(text.Value));
        var title = first as XElement;
        if (title?.Name.LocalName != "b")
            return new DocParagraph(null, Text(element) ?? "");
        var rest = new XElement(element.Name, element.Nodes().Where(node => node != title));
        return new DocParagraph(Text(title)?.TrimEnd('.'), Text(rest) ?? "");
    }

    private static XElement? Member(Type type) => Find(type.Assembly, $"T:{IdOf(type)}");

    private static string IdOf(Type type) =>
        ((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name).Replace('+', '.');

    private static XElement? Find(Assembly assembly, string id) => Files.GetOrAdd(assembly, Read).GetValueOrDefault(id);

    private static Dictionary<string, XElement> Read(Assembly assembly)
    {
        var members = new Dictionary<string, XElement>(StringComparer.Ordinal);
        string file = Path.ChangeExtension(assembly.Location, ".xml");
        if (assembly.Location.Length == 0 || !File.Exists(file))
            return members;
        try
        {
            using FileStream stream = File.OpenRead(file);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            foreach (XElement member in XDocument.Load(reader).Descendants("member"))
                members[member.Attribute("name")?.Value ?? ""] = member;
        }
        catch (Exception error) when (error is XmlException or IOException or UnauthorizedAccessException)
        {
            // Half a file is no documentation; what needs it says that there is none.
            members.Clear();
        }
        return members;
    }

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = new StringBuilder();
        Append(element, text);
        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    private static void Append(XElement element, StringBuilder text)
    {
        foreach (XNode node in element.Nodes())
        {
            if (node is XText plain)
                text.Append(plain.Value);
            else if (node is XElement { Name.LocalName: "c" or "code" } code)
                text.Append('`').Append(code.Value).Append('`');
            else if (node is XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference)
                text.Append(ReferenceText(reference));
            else if (node is XElement other)
                Append(other, text);
        }
    }

    private static string ReferenceText(XElement reference)
    {
        if (reference.Value.Length > 0)
            return reference.Value;
        if (reference.Attribute("cref")?.Value is { } cref)
        {
            // T:Retort.Recipes.TapPath, M:Retort.Recipes.Seeds.Parse(System.String)
            string name = cref[(cref.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('(')[0];
            return name[(name.LastIndexOf('.') + 1)..].Split('`')[0];
        }
        return (reference.Attribute("langword") ?? reference.Attribute("name") ?? reference.Attribute("href"))?.Value ?? "";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
