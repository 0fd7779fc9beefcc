"""Sources that can be read as one file: source_groups.py SIZE FILE… prints the group's number of each file, a line each, in their order.

Most of the time of a file goes into headers and templates that its neighbours need too, which a group reads and makes once. What a
file declares for itself alone, in a namespace without a name, would clash with the same name in another one of its group, or hide it.
"""

import pathlib
import re
import sys


def local_names(source):
    """What a file declares for itself alone: a guess by how our sources are formatted."""
    names, is_local = set(), False
    for line in source.read_text().splitlines():
        if line == "namespace {":
            is_local = True
        elif line.startswith("}  // namespace"):
            is_local = False
        elif is_local and line[:1].isalpha() and not re.match(r"template|using|\w+:$", line) and "TEST" not in line:
            type_or_value = re.match(r"(?:struct|class|enum class|enum) (\w+)|(?:inline |static )*const\w* .*?(\w+)(?:\[\w*\])? ?[={]", line)
            function = re.search(r"(\w+)\(", line)
            found = [*filter(None, type_or_value.groups())] if type_or_value else [function[1]] if function else [line.split(" {")[0]]
            names.add(found[0])
    return names


def words_of(source):
    """What could stand for such a name: not what is a member's, nor in a text or a comment."""
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"|//.*', " ", source.read_text())
    return set(re.findall(r"(?<![\w.>])\w+", code))


def groups_of(sources, size):
    """Lists of sources, none longer than size, where no name that one declares for itself is said by another of its folder, which
    is its namespace."""
    groups = []
    for source in sources:
        declared = {(source.parent, name) for name in local_names(source)}
        said = {(source.parent, word) for word in words_of(source)}
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
