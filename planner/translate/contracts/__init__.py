"""Offers as arrays, one file for each subject: size, service, revenue, advances, GPUs, terms between contracts."""

from planner.translate.contracts.arrays import ContractArrays, contract_arrays
from planner.translate.contracts.service import expected_load, service_months
from planner.translate.contracts.terms import most_halls

__all__ = ["ContractArrays", "contract_arrays", "expected_load", "most_halls", "service_months"]
