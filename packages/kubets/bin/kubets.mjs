#!/usr/bin/env node
import '../dist/kubets.mjs';
