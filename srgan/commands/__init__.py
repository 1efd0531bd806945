"""The command line's subcommands, a module each: `add(parser)` declares the arguments, `main(arguments)` does it."""
