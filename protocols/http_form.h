// Public. Forms with files in them: multipart/form-data (RFC 7578), written as curl -F writes it.
//
//   auto form = make_form({parse_form("a=b").value(),
//   parse_form("f=@/tmp/x.png").value()}).value(); request.body = form.body;
//   request.fields.push_back({"Content-Type", form.content_type});
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http.h"
#include "protocols/http_body.h"

namespace twx {

// On the way: Content-Transfer-Encoding (RFC 2045, section 6). HTTP needs none of them.
enum class FormEncoding { binary, eight_bit, seven_bit, base64, quoted_printable };

// What one field of a form is given: text, or a file.
struct FormPiece {
  // Where the content comes from.
  enum class Kind {
    content,
    file,          // sent with a name: its own, without directories, unless `filename` is set
    file_content,  // sent as if its content had been given
  };
  Kind kind = Kind::content;                 // what `value` is
  std::string value;                         // the content, or the path of the file
  std::optional<std::string> type = {};      // else guessed from the name, if there is one
  std::optional<std::string> filename = {};  // without meaning for file_content
  HttpFields fields = {};                    // beside ours, or in place of ours of that name
  std::optional<FormEncoding> encoding = {};
};

// One field of a form, or where a part begins or ends that has further parts in it.
struct FormPart {
  enum class Role {
    field,
    begin,  // of its one piece only type and fields count; without a type it is multipart/mixed
    end,    // of the last one begun; what the form leaves open ends with it
  };
  std::string name;  // empty: none
  // More than one go as a multipart/mixed. Never empty, but at an end.
  std::vector<FormPiece> pieces;
  Role role = Role::field;
};

// Gives all of a file. Fails with Error::cannot_read.
using ReadText = std::function<Result<std::string>(std::string const& path)>;

// The argument of curl's -F: NAME=CONTENT, NAME=@FILE[,FILE...], NAME=<FILE, each with ";type=",
// ";filename=", ";encoder=" and ";headers=NAME: VALUE" or ";headers=@FILE" behind it; words may be
// in double quotes. What else follows a semicolon is left out. "NAME=(" begins a part of parts,
// "=)" ends it. `read` is asked for the fields in a FILE, by default a regular file. Fails as that
// does, or with std::errc::invalid_argument: no "=", a type, an encoder or a field that is none.
Result<FormPart> parse_form(std::string_view argument, ReadText const& read = {});
// Of --form-string: NAME=CONTENT, whatever the content looks like.
Result<FormPart> parse_form_string(std::string_view argument);

// A form as it is sent.
struct HttpForm {
  std::shared_ptr<HttpBody> body;  // its size is known if those of all files are
  std::string content_type;
};

// Opens a file that a form names, "-" too. Without one: file_body().
using OpenBody = Function<Result<std::shared_ptr<HttpBody>>(std::string const& path)>;

// `boundary` makes what stands between the parts, for tests; without it 24 dashes and 22 random
// digits. Fails as `open` does, with Error::cannot_read, with HttpError::refused where a type or a
// field holds control characters, or with std::errc::invalid_argument for an end too many. Reading
// the body fails with Error::cannot_read where a 7bit part has other bytes.
Result<HttpForm> make_form(std::vector<FormPart> const& parts, OpenBody open = {},
                           Function<std::string()> boundary = {});

}  // namespace twx
