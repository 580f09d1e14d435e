# Sums .trx files: the tests that failed, the reasons of those skipped, then `N passed, N failed, N skipped`. Exits 1 where one failed.

function attribute(name,    rest) {
    if (!match($0, " " name "=\"[^\"]*\""))
        return ""
    rest = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
    return plain(rest)
}

function plain(text) {
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&#xD;|\r/, "", text)
    gsub(/&amp;/, "\\&", text)
    return text
}

/<UnitTestResult / {
    skipped = attribute("outcome") == "NotExecuted"
    if (attribute("outcome") == "Failed")
        failed_name[attribute("testId")] = attribute("testName")
}

# Only the first line of a reason: the whole text stands in the test's own output above.
/<Message>/ && skipped {
    reason = $0
    sub(/^.*<Message>/, "", reason)
    sub(/<\/Message>.*$/, "", reason)
    reasons[plain(reason)]++
    skipped = 0
}

/<UnitTest / { id = attribute("id") }
/<TestMethod / && (id in failed_name) { failed_name[id] = attribute("className") "." failed_name[id] }

/<Counters / {
    total += attribute("total")
    executed += attribute("executed")
    passed += attribute("passed")
}

END {
    for (id in failed_name)
        print "failed: " failed_name[id]
    for (reason in reasons)
        print "skipped " reasons[reason] ": " reason
    printf "%d passed, %d failed, %d skipped\n", passed, executed - passed, total - executed
    exit executed > passed
}
