# Shows our comments to doxygen, which looks for /** */ where we write //. Only that they are there
# matters, not what they say: no pages are made. Lines keep their numbers.
#
# A comment belongs to the declaration beneath it and to those that follow it without a blank line;
# that of a type to its first members too; the one that opens a file to the type of the same name.
# What needs none: constructors, destructors, operators, what is defaulted or overrides, and f()
# const, which its name has to explain.

function needs_none(line) {
  return line ~ /operator|override|\) final|= default|~/ || line ~ /^[^()]*\(\) const/ ||
    (type[scope] && line ~ ("^ *(explicit |constexpr )*" type[scope] "\\("))
}

function name_of_type(line) {
  sub(/\[\[.*\]\] /, "", line)
  sub(/^ *(enum class|enum|class|struct|union) /, "", line)
  sub(/[^A-Za-z0-9_].*/, "", line)
  return line
}

BEGIN { scope = 0 }
FNR == 1 {
  file = FILENAME
  gsub(/.*\/|\.h$|_/, "", file)
  print "/** \\file */"
  next
}
/^\/\/ --- implementation ---$/ { over = 1 }
/^}  \/\/ namespace/ { over = 0 }
# doxygen stumbles over what is specialised in std.
over || /^struct std::/ || /^ *\/\/ NOLINT/ {
  print ""
  next
}
/^ *$/ || /^ *\/\/ ---/ || /^ *(public|protected|private):$/ {
  commented[scope] = prelude = 0
  complete = 1
  print /\/\// ? "" : $0
  next
}
{
  match($0, /^ */)
  indent = RLENGTH
}
/^ *\/\// {
  if (indent == scope) commented[scope] = complete = 1
  print ""
  next
}
/^ *template/ && indent == scope && complete {
  prelude = 1
  print
  next
}
# doxygen knows no constraints here. They are indented, up to the declaration itself.
prelude && indent > scope {
  print ""
  next
}
{
  if (indent < scope && /^ *}/) scope = indent
  trailing = sub(/ * \/\/ .*/, "")
  opens_type = /^ *(class|struct|union|enum) [^;]*\{$/
  name = name_of_type($0)
  own = opens_type && scope == 0 && tolower(name) == file
  begins = indent == scope && complete && !/^ *[#}]/
  if (opens_type) {
    type[indent + 2] = /^ *enum / ? "" : name
    commented[indent + 2] = commented[scope] || own
  }
  if (/enum .*\}/) sub(/\{.*\}/, "{}")
  print (begins && (commented[scope] || own || trailing || needs_none($0)) ? "/** x */" : "") $0
  if (begins) prelude = 0
  if (!prelude) complete = /[;{},]$/
  if (opens_type) scope = indent + 2
}
