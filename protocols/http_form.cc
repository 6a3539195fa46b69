#include "protocols/http_form.h"

#include <algorithm>
#include <utility>

#include "protocols/http_form_encoding.h"
#include "protocols/http_words.h"
#include "protocols/random_hex.h"

namespace twx {
namespace {

using Kind = FormPiece::Kind;

struct KnownType {
  std::string_view ending;
  std::string_view type;
};
// curl's.
constexpr KnownType known_types[] = {{".gif", "image/gif"},       {".jpg", "image/jpeg"},
                                     {".jpeg", "image/jpeg"},     {".png", "image/png"},
                                     {".svg", "image/svg+xml"},   {".txt", "text/plain"},
                                     {".htm", "text/html"},       {".html", "text/html"},
                                     {".pdf", "application/pdf"}, {".xml", "application/xml"}};

std::string_view type_of(std::string_view name) {
  for (auto const& [ending, type] : known_types)
    if (ends_with_word(name, ending)) return type;
  return {};
}

std::string base_name(std::string const& path) { return path.substr(path.rfind('/') + 1); }

// What could end a name early, as browsers have it.
std::string parameter(std::string_view name, std::string_view value) {
  auto result = "; " + std::string(name) + "=\"";
  for (auto const c : value) {
    if (c == '"')
      result += "%22";
    else if (c == '\r')
      result += "%0D";
    else if (c == '\n')
      result += "%0A";
    else
      result += c;
  }
  return result + '"';
}

// Empty: none is sent.
std::string_view type_to_send(FormPiece const& piece) {
  if (piece.type) return *piece.type;
  auto const named = piece.kind == Kind::file || (piece.kind == Kind::content && piece.filename);
  auto type = piece.filename && named ? type_of(*piece.filename) : std::string_view();
  if (piece.kind != Kind::content && type.empty()) type = type_of(piece.value);
  if (!named) return type == "text/plain" ? std::string_view() : type;
  return type.empty() && piece.value != "-" ? "application/octet-stream" : type;
}

Result<std::string> line(std::string_view name, std::string_view value) {
  if (!is_field_text(name) || !is_field_text(value))
    return Failure::with_message(
        HttpError::refused, "the request cannot be sent: a control character in a part of a form");
  return std::string(name) + ": " + std::string(value) + "\r\n";
}

// Text and bodies, one behind the other.
class Writer {
 public:
  Writer(OpenBody& open, Function<std::string()>& boundary) : open_(open), boundary_(boundary) {}

  // Gives the boundary.
  std::string add_form(std::vector<FormPart> const& parts) {
    levels_.push_back({boundary_(), true});
    auto outer = levels_.back().boundary;
    for (auto const& part : parts) add_part(part);
    while (levels_.size() > 1) end_level();
    text_ += "--" + outer + "--\r\n";
    return outer;
  }
  std::shared_ptr<HttpBody> finish() {
    end_text();
    return sequence_body(std::move(bodies_));
  }

 private:
  // What the parts of a multipart have in common.
  struct Level {
    std::string boundary;
    bool form = false;  // multipart/form-data
  };

  void add_part(FormPart const& part) {
    if (part.role == FormPart::Role::end) return end_level();
    text_ += "--" + levels_.back().boundary + "\r\n";
    auto const& first = part.pieces.front();
    if (part.role == FormPart::Role::begin) return begin_level(part.name, first);
    if (part.pieces.size() == 1) {
      add_piece(part.name, first);
      text_ += "\r\n";
      return;
    }
    begin_level(part.name, {});
    for (auto const& piece : part.pieces) {
      text_ += "--" + levels_.back().boundary + "\r\n";
      add_piece("", piece);
      text_ += "\r\n";
    }
    end_level();
  }

  void begin_level(std::string const& name, FormPiece const& about) {
    Level level{boundary_()};
    auto const own = about.fields.find("Content-Type");
    auto const type = about.type ? *about.type : own ? *own : "multipart/mixed";
    level.form = same_word(trimmed(type.substr(0, type.find(';'))), "multipart/form-data");
    add_fields({.value = {}, .fields = about.fields}, disposition(name, std::nullopt),
               type + "; boundary=" + level.boundary);
    levels_.push_back(std::move(level));
  }
  void end_level() {
    if (levels_.size() == 1)
      throw FailureException(
          Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                                "the form field =): there is no =( that it could end"));
    text_ += "--" + levels_.back().boundary + "--\r\n\r\n";
    levels_.pop_back();
  }

  void add_piece(std::string const& name, FormPiece const& piece) {
    std::optional<std::string> filename;
    if (piece.kind == Kind::content) filename = piece.filename;
    if (piece.kind == Kind::file) filename = piece.filename.value_or(base_name(piece.value));
    auto const* const own = piece.fields.find("Content-Type");
    auto const type = own && !piece.type ? std::string_view(*own) : type_to_send(piece);
    add_fields(piece, disposition(name, filename), std::string(type));
    if (piece.kind == Kind::content && !piece.encoding)
      text_ += piece.value;
    else
      add_body(piece);
  }

  // Empty: none is sent.
  std::string disposition(std::string const& name, std::optional<std::string> const& filename) {
    std::string what;
    if (!name.empty()) what += parameter("name", name);
    if (filename) what += parameter("filename", *filename);
    if (levels_.back().form) return "form-data" + what;
    return what.empty() ? "" : "attachment" + what;
  }

  // Ours first, and the empty line behind them all.
  void add_fields(FormPiece const& piece, std::string const& disposition, std::string const& type) {
    auto const given = [&piece](std::string_view name) { return piece.fields.find(name); };
    if (!disposition.empty() && !given("Content-Disposition"))
      text_ += "Content-Disposition: " + disposition + "\r\n";
    if (!type.empty()) text_ += line("Content-Type", type).value();
    if (piece.encoding && !given("Content-Transfer-Encoding"))
      text_ += line("Content-Transfer-Encoding", name_of(*piece.encoding)).value();
    for (auto const& [name, value] : piece.fields)
      if (!same_word(name, "Content-Type")) text_ += line(name, value).value();
    text_ += "\r\n";
  }

  void add_body(FormPiece const& piece) {
    end_text();
    auto body = piece.kind == Kind::content ? memory_body(piece.value) : open_(piece.value).value();
    if (piece.encoding) body = encoded_body(*piece.encoding, std::move(body));
    bodies_.push_back(std::move(body));
  }
  void end_text() {
    if (!text_.empty()) bodies_.push_back(memory_body(std::exchange(text_, {})));
  }

  OpenBody& open_;
  Function<std::string()>& boundary_;
  std::vector<Level> levels_;  // the form itself first
  std::string text_;
  std::vector<std::shared_ptr<HttpBody>> bodies_;
};

}  // namespace

Result<HttpForm> make_form(std::vector<FormPart> const& parts, OpenBody open,
                           Function<std::string()> boundary) {
  if (!open) open = [](std::string const& path) { return file_body(path); };
  if (!boundary) boundary = [] { return std::string(24, '-') + random_hex(11); };
  try {
    Writer writer(open, boundary);
    auto const outer = writer.add_form(parts);
    return HttpForm{writer.finish(), "multipart/form-data; boundary=" + outer};
  } catch (FailureException const& failed) {
    return failed.failure();
  }
}

}  // namespace twx
