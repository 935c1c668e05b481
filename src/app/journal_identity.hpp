// A name for the journal in a directory, for states that are kept elsewhere: the same state may go on in another directory, and come
// back to one whose journal is of another past.
#pragma once

#include <string>

namespace rekindle {

// "" where there is none.
[[nodiscard]] std::string journal_identity(const std::string& directory);
// A new one, in the place of the old.
[[nodiscard]] std::string renew_journal_identity(const std::string& directory);

}  // namespace rekindle
