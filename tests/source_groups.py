"""Sources that can be read as one file: source_groups.py SIZE FILE… prints the group's number of each file, a line each, in their order.

Most of the time of a file goes into headers and templates that its neighbours need too, which a group reads and makes once. What a
file declares for itself alone would clash with the same name in another one of its group, or hide it.
"""

import pathlib
import re
import sys


def name_declared(line):
    """By a line at the margin, as our sources are formatted."""
    if not line[:1].isalpha() or re.match(r"template|using|namespace|\w+:$", line) or "TEST" in line:
        return None
    found = (
        re.match(r"(?:struct|class|enum class|enum) (\w+)", line)
        or re.match(r"(?:inline |static )*const\w* .*?(\w+)(?:\[\w*\])? ?[={]", line)
        or re.search(r"(\w+)\(", line)
    )
    return found[1] if found else line.split(" {")[0]


def declared_by(source):
    """Pairs of a namespace and a name: what is in a namespace without a name, or in none at all."""
    names, open_namespaces = set(), []
    for line in source.read_text().splitlines():
        if opened := re.match(r"namespace (?:(\w+)[\w:]* )?\{$", line):
            open_namespaces.append(opened[1] or "")
        elif line.startswith("}  // namespace"):
            open_namespaces.pop()
        elif (not open_namespaces or open_namespaces[-1] == "") and (name := name_declared(line)):
            names.add((next(filter(None, open_namespaces), ""), name))
    return names


def said_by(source):
    """The same of what could stand for such a name: not what is a member's, nor in a text or a comment."""
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"|//.*', " ", source.read_text())
    words = re.findall(r"(?<![\w.>])\w+", code)
    own = re.search(r"^namespace (\w+)", code, re.MULTILINE)
    return {(scope, word) for scope in {"", own[1] if own else ""} for word in words}


def groups_of(sources, size):
    """Lists of sources, none longer than size, where no name that one declares for itself is said by another. Two that are called the
    same may be the same part of two programs, so these are apart too."""
    groups = []
    for source in sources:
        called = {("file", source.name)}
        declared, said = declared_by(source) | called, said_by(source) | called
        for members, all_declared, all_said in groups:
            if len(members) < size and not declared & all_said and not said & all_declared:
                members.append(source)
                all_declared |= declared
                all_said |= said
                break
        else:
            groups.append(([source], declared, said))
    return [members for members, _, _ in groups]


def main(size, *files):
    sources = [pathlib.Path(file) for file in files]
    number = {source: index for index, group in enumerate(groups_of(sources, int(size))) for source in group}
    print(*(number[source] for source in sources), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
