// Where a schema registry is, and who we are there.
#pragma once

#include <string>

namespace rekindle {

struct RegistrySettings {
  std::string url;  // http or https; without a slash at its end. "": there is none.
  std::string user;
  std::string password_file;  // Read at each request, so that a changed password counts at once.
  std::string ca_file;        // Of the authority that signed the registry's certificate; "": the system's.
};

}  // namespace rekindle
