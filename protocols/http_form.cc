#include "protocols/http_form.h"

#include <algorithm>
#include <utility>

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
    if (name.size() >= ending.size() && same_word(name.substr(name.size() - ending.size()), ending))
      return type;
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

bool breaks_line(std::string_view text) {
  return std::ranges::any_of(text,
                             [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

Result<std::string> line(std::string_view name, std::string_view value) {
  if (breaks_line(name) || breaks_line(value))
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
    auto const boundary = boundary_();
    for (auto const& part : parts) {
      text_ += "--" + boundary + "\r\n";
      add_part(part);
      text_ += "\r\n";
    }
    text_ += "--" + boundary + "--\r\n";
    return boundary;
  }
  std::shared_ptr<HttpBody> finish() {
    end_text();
    return sequence_body(std::move(bodies_));
  }

 private:
  void add_part(FormPart const& part) {
    auto const name = part.name.empty() ? "" : parameter("name", part.name);
    auto const disposition = "Content-Disposition: form-data" + name;
    if (part.pieces.size() == 1) return add_piece(part.pieces.front(), disposition);
    auto const boundary = boundary_();
    text_ += disposition + "\r\nContent-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n";
    for (auto const& piece : part.pieces) {
      text_ += "--" + boundary + "\r\n";
      add_piece(piece, "Content-Disposition: attachment");
      text_ += "\r\n";
    }
    text_ += "--" + boundary + "--\r\n";
  }

  void add_piece(FormPiece const& piece, std::string const& disposition) {
    text_ += disposition;
    if (piece.kind == Kind::file)
      text_ += parameter("filename", piece.filename.value_or(base_name(piece.value)));
    if (piece.kind == Kind::content && piece.filename)
      text_ += parameter("filename", *piece.filename);
    text_ += "\r\n";
    if (auto const type = type_to_send(piece); !type.empty() && !piece.fields.find("Content-Type"))
      text_ += line("Content-Type", type).value();
    for (auto const& [name, value] : piece.fields) text_ += line(name, value).value();
    text_ += "\r\n";
    if (piece.kind == Kind::content)
      text_ += piece.value;
    else
      add_body(open_(piece.value).value());
  }

  void add_body(std::shared_ptr<HttpBody> body) {
    end_text();
    bodies_.push_back(std::move(body));
  }
  void end_text() {
    if (!text_.empty()) bodies_.push_back(memory_body(std::exchange(text_, {})));
  }

  OpenBody& open_;
  Function<std::string()>& boundary_;
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
