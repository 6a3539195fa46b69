#pragma once

namespace twx {

// Makes sure that descriptors 0, 1 and 2 are open, so that no socket gets one of these numbers and
// with it what is meant for a person. A missing 0 reads as empty, a missing 1 fails every write
// with EBADF, so that the loss is noticed, and a missing 2 swallows what it is given. False with
// errno if that cannot be done; to be called before anything else is opened.
bool open_standard_descriptors();

}  // namespace twx
