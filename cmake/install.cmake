# What `cmake --install` puts beside the program. Paths that name the prefix are filled in when it is known: at the installation.
include(GNUInstallDirs)

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs PATTERN "*.example.toml" EXCLUDE)
install(FILES docs/rekindle.example.toml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES deploy/grafana/dashboards/overview.json deploy/grafana/dashboards/drift.json deploy/grafana/dashboards/kafka.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/rekindle/grafana)
install(FILES deploy/prometheus/rules.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/rekindle/prometheus)
configure_file(cmake/install_for_prefix.cmake.in install_for_prefix.cmake @ONLY)
install(SCRIPT ${CMAKE_CURRENT_BINARY_DIR}/install_for_prefix.cmake)

# cpack -G DEB, from the build folder.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rekindle)
set(CPACK_PACKAGE_CONTACT "The rekindle authors <rekindle@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "streaming learner that restarts its learning-rate schedule on drift")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A daemon that learns from an Apache Kafka topic, predicts each sample before it learns it,
watches its own error, and answers drift by restarting the learning-rate schedule.
The processor needs AVX2 (x86-64-v3).")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS libcurl4) # Loaded by name: connectors/net/curl_library.cpp.
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postinst ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/prerm
  ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postrm)
include(CPack)
