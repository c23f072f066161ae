{{ config(materialized='view') }}

select * from {{ ref('int_memberships__weekly') }}
