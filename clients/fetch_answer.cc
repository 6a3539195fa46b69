// FetchTransfer's side of answers: what of them is wanted, and where it goes.
#include <algorithm>
#include <utility>

#include "clients/fetch_transfer.h"
#include "clients/output_name.h"
#include "clients/resume.h"
#include "protocols/http_challenge.h"

namespace twx {

FailureException FetchTransfer::bad_status() const {
  return FailureException(Failure::with_message(
      HttpError::status, "the server answered " + std::to_string(head_.status)));
}

// --- heads ---

void FetchTransfer::head_received(HttpHead head) {
  auto& timings = result_.timings;
  if (!answered_) timings.start_transfer = shared_.reactor.now() - begin_;
  result_.head_size += head.text.size();
  shared_.trace.response_head(head.text);
  if (options_.dump_head == "-") {
    open_standard().write(bytes(head.text));
  } else if (set_.heads) {
    set_.heads->write(bytes(head.text));
  }
  if (head.status / 100 == 1 && head.status != 101) return;
  head_ = std::move(head);
  answered_ = true;
  shared_.cookies.take(head_.fields, url_, options_);
  final_head();
}

void FetchTransfer::final_head() {
  again_ = login_.again(head_, url_);
  if (asks_proxy_ && head_.status != 407) proxy_rounds_ = 0;
  if (asks_proxy_ && proxy_login_ && head_.status != 407)
    proxy_login_->accepted(head_.fields, "Proxy-Authentication-Info");
  if (proxy_withheld_ && head_.status < 300) again_ = proxy_open_ = true;  // now with the body
  if (asks_proxy_ && head_.status == 407 && (options_.proxy_digest || options_.proxy_any_login))
    again_ = proxy_asks(head_);
  if (head_.status == 417 && expects_) again_ = unexpecting_ = true;  // RFC 9110, 10.1.1
  auto const follows = options_.follow || options_.redirects.keep_credentials;
  auto const moved = follows && head_.status / 100 == 3 && head_.fields.find("Location");
  if (!moved && !again_) check_resumed();
  auto const bad = head_.status >= 400 && !again_ && !done_already_;
  if (bad) retry_ = retry_for(std::nullopt);
  auto const hidden = bad && options_.fail && !options_.fail_with_body;
  wanted_ = !moved && !again_ && !done_already_ && !hidden && !retry_ && head_.status != 304;
  if (wanted_ && resumes() && bad) {
    wanted_ = false;
    throw FailureException(Failure(HttpError::range_refused));
  }
  if ((options_.include || options_.head) && !hidden && !retry_ && written_ == 0) {
    open_output();
    heads_ += head_.text;
    if (options_.retries == 0) show_heads();
  }
  if (hidden) throw bad_status();
  if (wanted_ && result_.steps.back().method != "HEAD") begin_body();
}

// Where there may be another attempt they wait for a byte of the body, or for the last answer:
// those of an attempt that has brought nothing else are not wanted.
void FetchTransfer::show_heads() {
  if (heads_.empty()) return;
  auto const heads = std::exchange(heads_, {});
  if (heads_shown_ && options_.retries > 0) return;
  output_->write(bytes(heads));
  heads_shown_ = true;
}

bool FetchTransfer::resumes() const {
  return offset_ + written_ > 0 && target_.upload.empty() && !options_.head;
}

// What goes on where a file ends, or where an earlier attempt did.
void FetchTransfer::check_resumed() {
  if (!resumes()) return;
  auto const* const tag = head_.fields.find("ETag");
  auto const other = validator_.starts_with('"') && tag && *tag != validator_;
  auto const again = written_ > 0 && (other || head_.status == 200);  // it has changed since
  if (again && head_.status == 200 && offset_ == 0 && start_over()) return;
  if (head_.status >= 400 && head_.status != 416) return;
  if (again) throw FailureException(Failure(HttpError::range_refused));
  done_already_ = resume(head_, offset_ + written_).value() == Resume::complete;
}

// --- bodies ---

void FetchTransfer::begin_body() {
  open_output();
  body_.emplace(shared_.reactor, *output_, options_.compressed && !options_.raw, options_.max_size);
  if (checksum_) body_->watch(*checksum_);
  body_->set_source({.hold = [this](bool wanted) { hold(held_by_body_, wanted); },
                     .abort =
                         [this] {
                           if (client_) client_->transport().abort_connection();
                         }});
  result_.length = client_->parser().content_length();
  if (line_) line_->length(result_.length);
  body_->begin(head_, client_->parser().transfer_codings());
}

void FetchTransfer::body_received(Bytes data) {
  shared_.trace.response_body(data);
  if (!wanted_ || !body_) return;
  received(data.size());
  show_heads();
  body_->put(data);
}

int FetchTransfer::body_file() {
  auto const watched = rate_ || speed_ || line_ || shared_.trace.wants_bodies();
  if (!wanted_ || !body_ || watched) return -1;
  show_heads();
  return body_->file();
}

void FetchTransfer::body_forwarded(std::uint64_t count, Result<void> const& written) {
  result_.wire_size += count;
  if (body_) body_->forwarded(count, written);
}

void FetchTransfer::received(std::uint64_t count) {
  result_.wire_size += count;
  if (line_) line_->moved(count);
  if (speed_) speed_->moved(count);
  if (!rate_) return;
  auto const pause = rate_->pause_after(count);
  if (pause <= Duration::zero()) return;
  hold(held_by_rate_, true);
  resume_ = shared_.reactor.call_later(pause, [this] { hold(held_by_rate_, false); });
}

void FetchTransfer::hold(bool& reason, bool wanted) {
  auto const before = held_by_body_ || held_by_rate_;
  reason = wanted;
  auto const now = held_by_body_ || held_by_rate_;
  if (!client_ || before == now) return;
  now ? client_->pause() : client_->resume();
}

// --- outputs ---

StandardStreams& FetchTransfer::streams() { return shared_.streams(); }

FetchOutput& FetchTransfer::open_standard() {
  if (!standard_) standard_ = streams().output();
  return *standard_;
}

// The file that is known before the answer; none for standard output.
void FetchTransfer::plan_file() {
  auto const& output = target_.output;
  auto const& from = options_.resume;
  if (target_.upload.empty()) offset_ = told_offset(from);
  if (!output || output->path == "-") return;
  auto const name = output->remote_name ? name_from_url(first_url_).value() : output->path;
  plan_.path = in_folder(options_.directory, name);
  plan_.how = options_.no_clobber ? OutputPlan::How::no_clobber : OutputPlan::How::truncate;
  plan_.create_dirs = options_.create_directories;
  plan_.remove_on_error = options_.remove_on_error;
  if (from.empty() || !target_.upload.empty()) return;
  plan_.how = OutputPlan::How::append;
  if (from == "-") plan_.size = offset_ = size_so_far(plan_.path).value();
}

void FetchTransfer::open_output() {
  if (output_) return;
  if (plan_.path.empty()) {
    output_ = streams().output();
    return;
  }
  if (options_.server_name && target_.output && target_.output->remote_name)
    if (auto const name = name_from_head(head_)) {
      plan_.path = in_folder(options_.directory, *name);
      if (!options_.no_clobber) plan_.how = OutputPlan::How::exclusive;
    }
  if (checksum_ && offset_ > 0) checksum_->add_file(plan_.path).value();
  output_ = file_output(shared_.reactor, plan_);
}

}  // namespace twx
