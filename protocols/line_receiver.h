// Public. LineReceiver: lines, and stretches of anything else between them.
#pragma once

#include <string_view>

#include "protocols/line_only_receiver.h"

namespace twx {

// Begins in line mode. In raw mode what comes goes to raw_data_received as it comes.
class LineReceiver : public LineOnlyReceiver {
 public:
  // Any split of the stream, never empty. Override it if set_raw_mode is used; as it stands it
  // throws std::logic_error.
  virtual void raw_data_received(Bytes data);

  // In line_received: the rest of what has come is raw data, and follows at once. Elsewhere what
  // has come of a line follows at the end of the turn.
  void set_raw_mode();
  // Back to lines. `extra`, what raw_data_received got too much, stands before all that is left and
  // is looked at when the present callback has returned, or else at the end of the turn.
  void set_line_mode(std::string_view extra = {});

 protected:
  void parse() override;

 private:
  bool raw_ = false;
};

}  // namespace twx
